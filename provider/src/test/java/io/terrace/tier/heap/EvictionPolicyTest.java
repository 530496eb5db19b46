package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.Resident;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The interleavings of a map's changes with what the policy is told of them, one by one. */
@Timeout(30)
class EvictionPolicyTest {
  private final GatedMap entries = new GatedMap();
  private final AtomicLong evictions = new AtomicLong();
  private final EvictionPolicy<String, Resident<String>> policy =
      new EvictionPolicy<>(entries, 2, null, (key, evicted) -> evictions.incrementAndGet());

  @Test
  void anInsertionToldAfterTheRemovalOfTheKeyIsForgotten() {
    entries.put("a", resident("1"));
    entries.remove("a");
    policy.follow("a");
    policy.inserted("a");

    assertThat(policy.keys()).isEmpty();
  }

  @Test
  void aRemovalToldAfterTheNextInsertionIsForgotten() {
    entries.put("a", resident("1"));
    policy.inserted("a");
    entries.remove("a");
    entries.put("a", resident("2"));
    policy.inserted("a");
    policy.follow("a");

    assertThat(policy.keys()).containsExactly("a");
  }

  @Test
  void aKeyInsertedWhileTheMapIsClearedIsKept() {
    entries.put("a", resident("1"));
    policy.inserted("a");
    entries.clear();
    entries.put("b", resident("2"));
    policy.inserted("b");
    policy.startOver();

    assertThat(policy.keys()).containsExactly("b");
  }

  @Test
  void aKeyInsertedWhileItsPredecessorIsBeingEvictedIsKnownAfterwards() throws Exception {
    fill();
    entries.gate = new CountDownLatch(1);
    Thread evictor = start(() -> insert("c"));
    String victim = entries.awaitRemoval();

    Thread inserter = start(() -> insert(victim));
    awaitBlocked(inserter);
    assertThat(entries).containsKey(victim);
    entries.open();
    evictor.join();
    inserter.join();

    policy.settle();
    assertThat(policy.keys()).isEqualTo(entries.keySet()).hasSize(2);
  }

  @Test
  void aKeyRemovedAndInsertedWhileItIsBeingEvictedIsInBothOrInNeither() throws Exception {
    fill();
    entries.gate = new CountDownLatch(1);
    Thread evictor = start(() -> insert("c"));
    String victim = entries.awaitRemoval();

    insertAsync(victim);
    Thread remover =
        start(
            () -> {
              entries.remove(victim);
              policy.follow(victim);
            });
    awaitBlocked(remover);
    Thread inserter = start(() -> insert(victim));
    awaitBlocked(inserter);
    entries.open();
    evictor.join();
    remover.join();
    inserter.join();

    policy.settle();
    assertThat(policy.keys()).isEqualTo(entries.keySet());
    assertThat(entries.size()).isLessThanOrEqualTo(2);
  }

  /** An insertion whose thread was stopped before it told the policy. */
  private void insertAsync(String key) {
    entries.put(key, resident(key));
  }

  private void fill() {
    insert("a");
    insert("b");
  }

  private void insert(String key) {
    entries.putIfAbsent(key, resident(key));
    policy.inserted(key);
  }

  private static Thread start(Runnable work) {
    Thread thread = new Thread(work);
    thread.start();
    return thread;
  }

  private static void awaitBlocked(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED) {
      assertThat(thread.isAlive()).as("it waits for the section of the key").isTrue();
      Thread.onSpinWait();
    }
  }

  /** Stops the first thread that removes a key, after the removal, while the gate is closed. */
  private static final class GatedMap extends ConcurrentHashMap<String, Resident<String>> {
    private static final long serialVersionUID = 1L;

    private final transient CountDownLatch removed = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> stoppedAt = new AtomicReference<>();
    private transient volatile @Nullable CountDownLatch gate;

    String awaitRemoval() throws InterruptedException {
      removed.await();
      return stoppedAt.get();
    }

    void open() {
      gate.countDown();
    }

    @Override
    public @Nullable Resident<String> remove(Object key) {
      Resident<String> last = super.remove(key);
      CountDownLatch closed = gate;
      if (closed != null && stoppedAt.compareAndSet(null, (String) key)) {
        removed.countDown();
        try {
          closed.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return last;
    }
  }
}
