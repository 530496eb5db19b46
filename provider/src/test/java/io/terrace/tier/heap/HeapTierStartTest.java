package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.checkPolicyFollows;
import static io.terrace.tier.heap.Invariants.keys;
import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.HeapSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to keys while the policy starts, which walks the keys that are there. */
@Timeout(30)
class HeapTierStartTest {
  private final HeapTier<Walked, String> tier =
      new HeapTier<>(HeapSettings.builder().maxEntries(6).build());
  private final Walk walk = new Walk();

  @Test
  void aKeyRemovedBehindTheWalkIsForgotten() throws Exception {
    Thread starter = startToTheSecondKey();

    tier.remove(walk.keys.get(0));
    walk.goOn.countDown();
    starter.join();

    checkPolicyFollows(tier);
    assertThat(keys(tier)).hasSize(2).doesNotContain(walk.keys.get(0));
  }

  @Test
  void aKeyInsertedBehindTheWalkIsKnown() throws Exception {
    Thread starter = startToTheSecondKey();

    Walked late = new Walked("late", walk);
    Thread inserter = new Thread(() -> tier.compareAndSet(late, null, resident("late")));
    inserter.start();
    walk.goOn.countDown();
    starter.join();
    inserter.join();

    checkPolicyFollows(tier);
    assertThat(keys(tier)).hasSize(4).contains(late);
  }

  /** Three keys start the policy of a tier of six. */
  private Thread startToTheSecondKey() throws InterruptedException {
    tier.compareAndSet(new Walked("a", walk), null, resident("a"));
    tier.compareAndSet(new Walked("b", walk), null, resident("b"));
    assertThat(tier.policy()).isNull();
    Walked last = new Walked("c", walk);
    Thread starter = new Thread(() -> tier.compareAndSet(last, null, resident("c")));
    starter.start();
    walk.atSecondKey.await();
    return starter;
  }

  /** Stops the walk at its second key. */
  private static final class Walk {
    final List<Walked> keys = new ArrayList<>();
    final CountDownLatch atSecondKey = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    synchronized void at(Walked key) {
      if (keys.contains(key) || keys.size() == 2) {
        return;
      }
      keys.add(key);
      if (keys.size() == 2) {
        atSecondKey.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** A key that knows when the walk comes to it, from who asks for its hash code. */
  private static final class Walked {
    private final String name;
    private final Walk walk;

    Walked(String name, Walk walk) {
      this.name = name;
      this.walk = walk;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Walked that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      boolean walked =
          StackWalker.getInstance()
              .walk(
                  frames -> frames.anyMatch(frame -> frame.getMethodName().equals("insertedAll")));
      if (walked) {
        walk.at(this);
      }
      return name.hashCode();
    }
  }
}
