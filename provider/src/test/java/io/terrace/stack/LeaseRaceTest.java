package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Codec;
import io.terrace.CoherenceSettings;
import io.terrace.PurgeMode;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One process loads, while the others wait, write, remove, or die. */
final class LeaseRaceTest {
  private static final Duration LOAD_LEASE = CoherenceSettings.DEFAULTS.loadLease();

  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A loader that the test holds in the middle. */
  private static final class HeldLoad {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final FixedLoader loader;

    HeldLoad(String value) {
      loader =
          new FixedLoader(
              () -> {
                begun.countDown();
                NodeFixture.pause(goOn);
                return value;
              });
    }
  }

  /** What another process does to a key that is being loaded. */
  private enum Meanwhile {
    PUT(node -> node.put("k", "put"), "put"),
    PUT_AND_REMOVE(Meanwhile::putAndRemove, null),
    REMOVE(node -> assertThat(node.stack.remove("k")).isFalse(), null),
    REMOVE_REMAINS(node -> node.stack.removeRemains("k"), null),
    PURGE(node -> node.stack.operations().purge("k", PurgeMode.HARD), null),
    SOFT_PURGE(node -> node.stack.operations().purge("k", PurgeMode.SOFT), null),
    CLEAR(node -> node.stack.clear(), null);

    private final Consumer<Node> change;
    private final @Nullable String left;

    Meanwhile(Consumer<Node> change, @Nullable String left) {
      this.change = change;
      this.left = left;
    }

    private static void putAndRemove(Node node) {
      node.put("k", "put");
      assertThat(node.stack.remove("k")).isTrue();
    }
  }

  /**
   * If it were wrong, a value that was read from its source before the change would be stored after
   * it: a removed key would come back, in all processes, with what it was removed for.
   */
  @ParameterizedTest
  @EnumSource
  void i3_aFillIsRefusedAfterARemoteChange(Meanwhile meanwhile) throws Exception {
    HeldLoad load = new HeldLoad("loaded");
    CompletableFuture<@Nullable String> filler = b.loading("k", load.loader);
    NodeFixture.pause(load.begun);
    meanwhile.change.accept(a);
    load.goOn.countDown();
    assertThat(await(filler)).isEqualTo("loaded");
    assertThat(load.loader.stored).isEmpty();
    b.follow();
    assertThat(a.get("k")).isEqualTo(meanwhile.left);
    assertThat(b.get("k")).isEqualTo(meanwhile.left);
  }

  /**
   * If it were wrong, a removal that looked before the fill and cancelled after it would return
   * with the value in place that it was to remove.
   */
  @Test
  void i3_aRemovalLooksAgainOnceNobodyCanFill() throws Exception {
    AtomicBoolean filled = new AtomicBoolean();
    a.authority.at(
        (step, key) -> {
          if (step.equals("looked") && filled.compareAndSet(false, true)) {
            assertThat(b.load("k", new FixedLoader(() -> "loaded"))).isEqualTo("loaded");
          }
        });
    assertThat(a.stack.remove("k")).isTrue();
    b.follow();
    assertThat(b.get("k")).isNull();
  }

  /**
   * If it were wrong, the late filler would replace what its successor stored, or its caller would
   * get nothing for having been slow.
   */
  @Test
  void i3_whoLoadsLongerThanTheLeaseStoresNothing() throws Exception {
    HeldLoad late = new HeldLoad("late");
    CompletableFuture<@Nullable String> filler = b.loading("k", late.loader);
    NodeFixture.pause(late.begun);
    fixture.pass(LOAD_LEASE);
    assertThat(a.load("k", new FixedLoader(() -> "in time"))).isEqualTo("in time");
    late.goOn.countDown();
    assertThat(await(filler)).isEqualTo("late");
    assertThat(late.loader.stored).isEmpty();
    b.beat();
    assertThat(b.get("k")).isEqualTo("in time");
    assertThat(a.get("k")).isEqualTo("in time");
  }

  /** If it were wrong, each process would load for itself, all at once. */
  @Test
  void i8_ofFiftyProcessesThatMissAKeyOneLoads() throws Exception {
    int processes = 50;
    CountDownLatch asked = new CountDownLatch(processes);
    AtomicInteger loads = new AtomicInteger();
    List<CompletableFuture<@Nullable String>> readers = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      Node node = fixture.node();
      AtomicBoolean first = new AtomicBoolean(true);
      node.authority.at(
          (step, key) -> {
            if (step.equals("leased") && first.getAndSet(false)) {
              asked.countDown();
            }
          });
      FixedLoader loader =
          new FixedLoader(
              () -> {
                NodeFixture.pause(asked); // until everybody has missed the key
                return "loaded " + loads.incrementAndGet();
              });
      readers.add(node.loading("k", loader));
    }
    for (CompletableFuture<@Nullable String> reader : readers) {
      assertThat(await(reader)).isEqualTo("loaded 1");
    }
    assertThat(loads).hasValue(1);
  }

  /** If it were wrong, a key whose loader died would never be loaded again. */
  @Test
  void i8_aDeadHolderIsReplacedAfterItsTime() throws Exception {
    HeldLoad dead = new HeldLoad("of the dead");
    CompletableFuture<@Nullable String> filler = b.loading("k", dead.loader);
    NodeFixture.pause(dead.begun);
    b.kill();
    List<Long> waits = new ArrayList<>();
    a.authority.at(
        (step, key) -> {
          if (step.equals("leased")) {
            waits.add(fixture.base.now.get());
            fixture.pass(LOAD_LEASE.dividedBy(2));
          }
        });
    FixedLoader loader = new FixedLoader(() -> "of the living");
    assertThat(a.load("k", loader)).isEqualTo("of the living");
    assertThat(waits).hasSize(3); // twice it was taken
    assertThat(loader.stored).containsExactly("k=of the living");
    dead.goOn.countDown();
    assertThat(await(filler)).isEqualTo("of the dead");
    a.authority.at((step, key) -> {});
    a.beat();
    assertThat(a.latest("k").value()).isEqualTo("of the living");
  }

  /** If it were wrong, others would wait out the lease of a loader that failed or had nothing. */
  @Test
  void i8_whoCannotLoadGivesTheLeaseBack() {
    assertThatThrownBy(
            () ->
                b.load(
                    "k",
                    new FixedLoader(
                        () -> {
                          throw new IllegalStateException("no source");
                        })))
        .hasMessage("no source");
    assertThat(b.load("k", new FixedLoader(() -> null))).isNull();
    List<String> asked = stepsOf(a);
    assertThat(a.load("k", new FixedLoader(() -> "loaded"))).isEqualTo("loaded");
    assertThat(asked).containsOnlyOnce("leased");
  }

  /** If it were wrong, others would wait out the lease for a value that cannot be written. */
  @Test
  void i8_whoCannotEncodeGivesTheLeaseBack() {
    Codec<String> codec = fixture.base.values;
    fixture.values = new RefusingCodec(codec);
    Node refusing = fixture.node();
    fixture.values = codec;
    assertThatThrownBy(() -> refusing.load("k", new FixedLoader(() -> "refused")))
        .isInstanceOf(CacheException.class);
    List<String> asked = stepsOf(a);
    assertThat(a.load("k", new FixedLoader(() -> "loaded"))).isEqualTo("loaded");
    assertThat(asked).containsOnlyOnce("leased");
  }

  private static List<String> stepsOf(Node node) {
    List<String> steps = new ArrayList<>();
    node.authority.at((step, key) -> steps.add(step));
    return steps;
  }

  /** A codec that writes nothing. */
  private record RefusingCodec(Codec<String> reads) implements Codec<String> {
    @Override
    public int id() {
      return reads.id();
    }

    @Override
    public byte[] encode(String value) throws IOException {
      throw new IOException("refused");
    }

    @Override
    public String decode(ByteBuffer body) throws IOException {
      return reads.decode(body);
    }
  }

  /**
   * If it were wrong, an interrupted caller would wait on, or not learn that it was interrupted.
   */
  @Test
  void i8_whoIsInterruptedWaitsForNobodyAndStaysSo() throws Exception {
    HeldLoad load = new HeldLoad("loaded");
    CompletableFuture<@Nullable String> holder = b.loading("k", load.loader);
    NodeFixture.pause(load.begun);
    CompletableFuture<Boolean> interrupted =
        StackFixture.inThread(
            () -> {
              Thread.currentThread().interrupt();
              assertThat(a.load("k", new FixedLoader(() -> "own"))).isEqualTo("own");
              return Thread.currentThread().isInterrupted();
            });
    assertThat(await(interrupted)).isTrue();
    load.goOn.countDown();
    assertThat(await(holder)).isEqualTo("loaded");
    assertThat(a.get("k")).isEqualTo("loaded");
  }

  /** If it were wrong, an update that was computed from an old value would undo a newer one. */
  @Test
  void i8_aReadModifyWriteThatWasOvertakenIsRefused() {
    a.put("k", "1");
    b.warm("k");
    Resident<String> seen = b.latest("k");
    assertThat(increment(a)).isTrue();
    b.follow();
    assertThat(b.stack.compareAndSet("k", seen, "2", EntryHeader.NEVER)).isFalse();
    assertThat(b.inHeap("k")).isNull();
    assertThat(increment(b)).isTrue();
    a.follow();
    assertThat(a.get("k")).isEqualTo("3");
  }

  /** As above where nobody told: a decision is made at the authority, not on a local copy. */
  @Test
  void i8_aDecisionIsNotMadeOnALocalCopy() throws Exception {
    a.put("k", "1");
    b.warm("k");
    b.authority.deaf(true);
    assertThat(increment(a)).isTrue();
    assertThat(b.get("k")).isEqualTo("1"); // within the bound
    Resident<String> copy = b.stack.get("k");
    assertThat(b.stack.compareAndSet("k", copy, "x", EntryHeader.NEVER)).isFalse();
    assertThat(b.get("k")).isEqualTo("2"); // the refusal said so
    assertThat(increment(b)).isTrue();
    assertThat(b.stack.compareAndSet("k", null, "x", EntryHeader.NEVER)).isFalse();
    assertThat(a.latest("k").value()).isEqualTo("3");
  }

  /**
   * If it were wrong, a decision such as that of {@code getAndReplace} could rest on what another
   * thread read before it began.
   */
  @Test
  void i8_aDecisionDoesNotFollowAReadThatBeganBefore() throws Exception {
    CountDownLatch looked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    b.authority.at(
        (step, key) -> {
          if (step.equals("looked") && looked.getCount() > 0) {
            looked.countDown();
            NodeFixture.pause(goOn);
          }
        });
    CompletableFuture<@Nullable String> before = inThread(() -> b.get("k"));
    looked.await();
    a.put("k", "new");
    assertThat(b.latest("k").value()).isEqualTo("new");
    goOn.countDown();
    assertThat(await(before)).isNull();
  }

  /** If it were wrong, a process that died in the middle would leave the key locked or changed. */
  @Test
  void i8_whoDiesBetweenReadAndCommitChangesNothing() {
    a.put("k", "1");
    Resident<String> seen = b.latest("k");
    b.kill();
    assertThatThrownBy(() -> b.stack.compareAndSet("k", seen, "2", EntryHeader.NEVER))
        .isInstanceOf(CacheException.class);
    assertThat(a.latest("k").value()).isEqualTo("1");
    assertThat(increment(a)).isTrue();
    assertThat(a.get("k")).isEqualTo("2");
  }

  private static boolean increment(Node node) {
    Resident<String> seen = node.latest("k");
    String next = String.valueOf(Integer.parseInt(seen.value()) + 1);
    return node.stack.compareAndSet("k", seen, next, EntryHeader.NEVER);
  }
}
