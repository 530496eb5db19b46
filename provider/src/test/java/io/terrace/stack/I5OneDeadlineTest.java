package io.terrace.stack;

import static io.terrace.stack.StackFixture.START_MILLIS;
import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** I5: an entry has one deadline, the same in every tier, and each tier checks it on read. */
class I5OneDeadlineTest {
  private final StackFixture fixture = new StackFixture();
  private final Stack<String, String> stack = fixture.three();

  @Test
  void i5_everyTierHasTheDeadlineOfTheWrite() {
    stack.put("k", "v", START_MILLIS + 10);
    assertThat(fixture.heap.peek("k").expiresAtMillis()).isEqualTo(START_MILLIS + 10);
    assertDeadlineBelow(START_MILLIS + 10);
  }

  @Test
  void i5_aPromotionKeepsTheDeadline() throws Exception {
    stack.put("k", "v", START_MILLIS + 10);
    fixture.heap.clear();
    fixture.upperMemory.clear();
    fixture.now.addAndGet(9);
    assertThat(get(stack, "k")).isEqualTo("v");
    assertThat(fixture.heap.peek("k").expiresAtMillis()).isEqualTo(START_MILLIS + 10);
    assertDeadlineBelow(START_MILLIS + 10);
    fixture.now.addAndGet(1);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i5_aTouchMovesTheDeadlineInEveryTier() {
    stack.put("k", "v", START_MILLIS + 10);
    stack.touch("k", stack.get("k"), START_MILLIS + 20);
    fixture.now.addAndGet(15);
    assertThat(get(stack, "k")).isEqualTo("v");
    fixture.heap.clear();
    assertThat(get(stack, "k")).isEqualTo("v");
    assertDeadlineBelow(START_MILLIS + 20);
    fixture.now.addAndGet(5);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i5_whateverTierServesItChecksTheDeadline() throws Exception {
    for (int tier = 0; tier < 3; tier++) {
      fixture.expired.clear();
      stack.put("k", "v", fixture.now.get() + 10);
      if (tier > 0) {
        fixture.heap.clear();
      }
      if (tier > 1) {
        fixture.upperMemory.clear();
      }
      fixture.now.addAndGet(10);
      assertThat(stack.contains("k")).isFalse();
      assertThat(get(stack, "k")).isNull();
      assertThat(fixture.expired).containsExactly("k=v");
      assertThat(fixture.stored(fixture.authorityMemory, "k")).isNull();
    }
  }

  @Test
  void i5_theTtlOfTheHeapCapsTheCopyAndNotTheEntry() {
    Stack<String, String> capped =
        fixture.tiered(fixture.heap, Duration.ofMillis(5), fixture.authority);
    put(capped, "k", "v");
    fixture.now.addAndGet(5);
    assertThat(get(capped, "k")).isEqualTo("v");
    assertThat(capped.statistics().get(1).hits()).as("from below").isEqualTo(1);
    assertThat(get(capped, "k")).isEqualTo("v");
    assertThat(capped.statistics().get(1).hits()).as("from the heap again").isEqualTo(1);
    assertThat(fixture.expired).isEmpty();
  }

  @Test
  void i5_theTtlOfAHeapAloneCapsTheEntry() {
    Stack<String, String> capped = fixture.heapAlone(fixture.heap, Duration.ofMillis(5));
    put(capped, "k", "v");
    capped.touch("k", capped.get("k"), START_MILLIS + 1_000);
    fixture.now.addAndGet(5);
    assertThat(get(capped, "k")).isNull();
    assertThat(fixture.expired).containsExactly("k=v");
  }

  @Test
  void i5_everyWriteOfAHeapAloneBeginsTheTtlAnew() {
    Stack<String, String> capped = fixture.heapAlone(fixture.heap, Duration.ofMillis(5));
    put(capped, "k", "1");
    fixture.now.addAndGet(3);
    Resident<String> first = capped.get("k");
    assertThat(capped.compareAndSet("k", first, "2", first.expiresAtMillis())).isTrue();
    fixture.now.addAndGet(4);
    assertThat(get(capped, "k")).isEqualTo("2");
    fixture.now.addAndGet(1);
    assertThat(get(capped, "k")).isNull();
  }

  @Test
  void i5_theLongestTtlCapsNothing() {
    Duration longest = Duration.ofMillis(Long.MAX_VALUE - 1);
    Stack<String, String> alone = fixture.heapAlone(fixture.heap, longest);
    put(alone, "k", "v");
    assertThat(get(alone, "k")).isEqualTo("v");
    alone.clear();
    Stack<String, String> onTop = fixture.tiered(fixture.heap, longest, fixture.authority);
    put(onTop, "k", "v");
    assertThat(get(onTop, "k")).isEqualTo("v");
    assertThat(onTop.statistics().get(1).hits()).as("from below").isZero();
  }

  @Test
  void i5_aTouchMovesTheDeadlineOfAnotherCopyToo() {
    Stack<String, String> stack = fixture.tiered(fixture.heap, null, fixture.authority);
    put(stack, "k", "v");
    Resident<String> evicted = stack.get("k");
    fixture.heap.evict("k");
    assertThat(get(stack, "k")).isEqualTo("v");
    stack.touch("k", evicted, fixture.now.get() + 5);
    fixture.now.addAndGet(5);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void expiredEntriesAreLeftOutOfAWalkAndReplacedByAWrite() {
    for (Stack<String, String> each : List.of(stack, fixture.heapAlone())) {
      each.clear();
      each.put("short", "1", fixture.now.get() + 10);
      put(each, "long", "2");
      fixture.now.addAndGet(10);
      Iterator<Map.Entry<String, Resident<String>>> all = each.iterator();
      assertThat(all.next().getKey()).isEqualTo("long");
      assertThat(all.hasNext()).isFalse();
      assertThat(each.remove("short")).isFalse();
      assertThat(each.compareAndSet("short", null, "3", EntryHeader.NEVER)).isTrue();
      assertThat(get(each, "short")).isEqualTo("3");
    }
  }

  private void assertDeadlineBelow(long expected) {
    assertThat(Entries.headerOf(fixture.upperMemory, fixture.encoded("k")).expiresAtMillis())
        .isEqualTo(expected);
    assertThat(Entries.headerOf(fixture.authorityMemory, fixture.encoded("k")).expiresAtMillis())
        .isEqualTo(expected);
  }
}
