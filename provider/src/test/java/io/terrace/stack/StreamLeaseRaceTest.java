package io.terrace.stack;

import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeMode;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.stack.StreamNodeFixture.Node;
import io.terrace.tier.EntryHeader;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One process loads a stream under the lease of its absence, while another changes the key. */
final class StreamLeaseRaceTest {
  private static final byte[] LOADED = bytes(1, 300_000);
  private static final byte[] PUT = bytes("put");

  private final StreamNodeFixture fixture = new StreamNodeFixture();

  @AfterEach
  void close() throws InterruptedException {
    fixture.close();
  }

  /** A loader that the test holds in the middle. */
  private static final class HeldLoad implements Loader<String, StreamValue> {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final List<String> stored = new CopyOnWriteArrayList<>();

    @Override
    public Loaded<StreamValue> load(String key) {
      begun.countDown();
      NodeFixture.pause(goOn);
      return new Loaded<>(StreamValue.of(LOADED), EntryHeader.NEVER);
    }

    @Override
    public void stored(String key, StreamValue value) {
      stored.add(key);
    }
  }

  /** What another process does to a key that is being loaded. */
  private enum Meanwhile {
    PUT_ONE(node -> StreamFixture.put(node.stack, "k", PUT), PUT),
    PUT_AND_REMOVE(Meanwhile::putAndRemove, null),
    REMOVE(node -> assertThat(node.stack.remove("k")).isFalse(), null),
    REMOVE_REMAINS(node -> node.stack.removeRemains("k"), null),
    PURGE(node -> node.stack.operations().purge("k", PurgeMode.HARD), null),
    SOFT_PURGE(node -> node.stack.operations().purge("k", PurgeMode.SOFT), null),
    CLEAR(node -> node.stack.clear(), null);

    private final Consumer<Node> change;
    private final byte @Nullable [] left;

    Meanwhile(Consumer<Node> change, byte @Nullable [] left) {
      this.change = change;
      this.left = left;
    }

    private static void putAndRemove(Node node) {
      StreamFixture.put(node.stack, "k", PUT);
      assertThat(node.stack.remove("k")).isTrue();
    }
  }

  /**
   * If it were wrong, a stream whose source was read before the change would be stored after it: a
   * key that was removed while nobody had it yet would come back, in all processes, with what it
   * was removed for.
   */
  @ParameterizedTest
  @EnumSource
  void i3_aStreamIsNotFilledInAfterARemoteChange(Meanwhile meanwhile) throws Exception {
    raceAgainst(meanwhile, StreamFixture.PATIENT);
  }

  /** Likewise where readers follow the value while it is stored. */
  @ParameterizedTest
  @EnumSource
  void i3_aFollowedStreamIsNotFilledInAfterARemoteChange(Meanwhile meanwhile) throws Exception {
    raceAgainst(meanwhile, StreamFixture.PATIENT.joiningWrites());
  }

  private void raceAgainst(Meanwhile meanwhile, StreamSettings settings) throws Exception {
    Node a = fixture.node(settings);
    Node b = fixture.node(settings);
    HeldLoad load = new HeldLoad();
    CompletableFuture<byte @Nullable []> filler = StackFixture.inThread(() -> a.load("k", load));
    NodeFixture.pause(load.begun);
    meanwhile.change.accept(b);
    load.goOn.countDown();
    assertThat(StackFixture.await(filler)).isIn(LOADED, meanwhile.left);
    StreamFixture.awaitIdle(a.stack);
    assertThat(load.stored).isEmpty();
    a.follow();
    assertThat(a.get("k")).isEqualTo(meanwhile.left);
    assertThat(b.get("k")).isEqualTo(meanwhile.left);
  }

  /** What all of these would not tell: that nobody else came, and the value is stored. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStreamIsFilledInIfNothingCameBetween(boolean joins) throws Exception {
    StreamSettings settings = joins ? StreamFixture.PATIENT.joiningWrites() : StreamFixture.PATIENT;
    Node a = fixture.node(settings);
    Node b = fixture.node(settings);
    HeldLoad load = new HeldLoad();
    load.goOn.countDown();
    assertThat(a.load("k", load)).isEqualTo(LOADED);
    StreamFixture.awaitIdle(a.stack);
    assertThat(load.stored).containsExactly("k");
    assertThat(b.get("k")).isEqualTo(LOADED);
  }
}
