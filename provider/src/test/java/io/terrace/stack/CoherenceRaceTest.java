package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.stack.NodeFixture.Node;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one process may serve while another changes the same keys. */
final class CoherenceRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void i4_anotherProcessStopsServingTheOlderValue() throws Exception {
    a.put("k", "old");
    b.warm("k");
    a.put("k", "new");
    b.follow();
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(a.inHeap("k")).isEqualTo("new");
  }

  @Test
  void i4_aLostMessageIsFoundByTheHeartbeat() throws Exception {
    a.put("k", "old");
    b.warm("k");
    b.authority.deaf(true);
    a.put("k", "new");
    b.follow();
    assertThat(b.get("k")).isEqualTo("old");
    b.beat();
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(b.coherence().gaps()).isPositive();
  }

  @Test
  void i3_aPromotionThatBeganBeforeARemoteWriteIsDropped() throws Exception {
    a.put("k", "old");
    CountDownLatch looked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    b.authority.at(
        (step, key) -> {
          if (step.equals("looked")) {
            looked.countDown();
            NodeFixture.pause(goOn);
          }
        });
    CompletableFuture<@Nullable String> reader = inThread(() -> b.get("k"));
    looked.await();
    a.put("k", "new");
    b.follow();
    goOn.countDown();
    assertThat(await(reader)).isEqualTo("old");
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
  }

  @Test
  void i4_withoutContactLocalCopiesAreServedForALeaseOnly() {
    a.put("k", "v");
    b.warm("k");
    b.beat();
    b.authority.cut(true);
    fixture.pass(fixture.settings.lease().minusNanos(1));
    assertThat(b.get("k")).isEqualTo("v");
    fixture.pass(java.time.Duration.ofNanos(1));
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> b.get("k"))
        .isInstanceOf(io.terrace.TierUnavailableException.class);
  }
}
