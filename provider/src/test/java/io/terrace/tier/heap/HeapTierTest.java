package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.checkPolicyFollows;
import static io.terrace.tier.heap.Invariants.keys;
import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.HeapSettings;
import io.terrace.tier.ObjectTierFactory;
import io.terrace.tier.Resident;
import io.terrace.tier.TierUsage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One thread: what the operations say and do, and the bound in entries. */
class HeapTierTest {

  private static HeapTier<String, String> tier(long maxEntries) {
    return new HeapTier<>(HeapSettings.builder().maxEntries(maxEntries).build());
  }

  @Test
  void isFoundAsAService() {
    assertThat(ServiceLoader.load(ObjectTierFactory.class))
        .singleElement()
        .satisfies(
            factory ->
                assertThat(factory.open(HeapSettings.builder().build()).name()).isEqualTo("heap"));
  }

  @Test
  void insertsOnlyWhatIsAbsent() {
    HeapTier<String, String> tier = tier(10);
    Resident<String> first = resident("1");

    assertThat(tier.compareAndSet("k", null, first)).isTrue();
    assertThat(tier.compareAndSet("k", null, resident("2"))).isFalse();
    assertThat(tier.get("k")).isSameAs(first);
  }

  @Test
  void replacesByIdentityNotByEquality() {
    HeapTier<String, String> tier = tier(10);
    Resident<String> first = resident("1");
    Resident<String> second = resident("2");
    tier.compareAndSet("k", null, first);

    assertThat(tier.compareAndSet("k", resident("1"), second)).isFalse();
    assertThat(tier.get("k")).isSameAs(first);
    assertThat(tier.compareAndSet("k", first, second)).isTrue();
    assertThat(tier.get("k")).isSameAs(second);
    assertThat(tier.compareAndSet("absent", first, second)).isFalse();
    assertThat(tier.get("absent")).isNull();
  }

  @Test
  void removesOnlyWhatIsExpected() {
    HeapTier<String, String> tier = tier(10);
    Resident<String> first = resident("1");
    tier.compareAndSet("k", null, first);

    assertThat(tier.compareAndSet("k", resident("1"), null)).isFalse();
    assertThat(tier.compareAndSet("k", first, null)).isTrue();
    assertThat(tier.get("k")).isNull();
    assertThat(tier.compareAndSet("k", first, null)).isFalse();
  }

  @Test
  void comparesAbsenceWithAbsence() {
    HeapTier<String, String> tier = tier(10);

    assertThat(tier.compareAndSet("k", null, null)).isTrue();
    tier.compareAndSet("k", null, resident("1"));
    assertThat(tier.compareAndSet("k", null, null)).isFalse();
  }

  @Test
  void removeTellsWhatWasThere() {
    HeapTier<String, String> tier = tier(10);
    Resident<String> first = resident("1");
    tier.compareAndSet("k", null, first);

    assertThat(tier.remove("k")).isSameAs(first);
    assertThat(tier.remove("k")).isNull();
  }

  @Test
  void iterationIsLazyAndCannotRemove() {
    HeapTier<String, String> tier = tier(10);
    Resident<String> first = resident("1");
    tier.compareAndSet("k", null, first);

    Iterator<Map.Entry<String, Resident<String>>> iterator = tier.iterator();
    Map.Entry<String, Resident<String>> entry = iterator.next();

    assertThat(entry.getKey()).isEqualTo("k");
    assertThat(entry.getValue()).isSameAs(first);
    assertThat(iterator.hasNext()).isFalse();
    assertThatThrownBy(iterator::remove).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> entry.setValue(first))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aTierFarFromFullHasNoPolicy() {
    HeapTier<String, String> tier = tier(1_000);
    for (int i = 0; i < 255; i++) {
      tier.compareAndSet("k" + i, null, resident("v"));
    }

    assertThat(tier.policy()).isNull();
    tier.compareAndSet("k255", null, resident("v"));
    checkPolicyFollows(tier);
    assertThat(tier.policy()).isNotNull();
    assertThat(tier.usage()).isEqualTo(new TierUsage(256, 0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 100, 511, 512, 513, 5_000})
  void neverHoldsMoreThanItsBound(long maxEntries) {
    HeapTier<String, String> tier = tier(maxEntries);
    for (int i = 0; i < 3 * maxEntries; i++) {
      assertThat(tier.compareAndSet("k" + i, null, resident("v"))).isTrue();
      assertThat(tier.usage().entries()).isLessThanOrEqualTo(maxEntries);
    }

    assertThat(tier.usage()).isEqualTo(new TierUsage(maxEntries, 0, 2 * maxEntries, 0));
    assertThat(keys(tier)).hasSize((int) maxEntries);
    checkPolicyFollows(tier);
  }

  @Test
  void whatIsUsedOutlivesAScan() {
    HeapTier<String, String> tier = tier(100);
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      used.add("used" + i);
      tier.compareAndSet("used" + i, null, resident("v"));
    }
    for (int i = 0; i < 2_000; i++) {
      tier.compareAndSet("once" + i, null, resident("v"));
      if (i % 2 == 0) {
        used.forEach(tier::get);
      }
    }

    assertThat(keys(tier)).containsAll(used);
  }

  @Test
  void replacingCountsAsUse() {
    HeapTier<String, String> tier = tier(100);
    Set<String> written = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      written.add("written" + i);
      tier.compareAndSet("written" + i, null, resident("v"));
    }
    for (int i = 0; i < 2_000; i++) {
      tier.compareAndSet("once" + i, null, resident("v"));
      if (i % 2 == 0) {
        written.forEach(key -> tier.compareAndSet(key, tier.peek(key), resident("w")));
      }
    }

    assertThat(keys(tier)).containsAll(written);
  }

  @Test
  void peekingIsNoUse() {
    HeapTier<String, String> tier = tier(100);
    Set<String> peeked = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      peeked.add("peeked" + i);
      tier.compareAndSet("peeked" + i, null, resident("v"));
    }
    Random random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      String key = "popular" + random.nextInt(200);
      if (tier.get(key) == null) {
        tier.compareAndSet(key, null, resident("v"));
      }
      peeked.forEach(tier::peek);
    }

    assertThat(keys(tier)).doesNotContainAnyElementsOf(peeked);
  }

  @Test
  void clearLeavesNothingAndTheBoundStillHolds() {
    HeapTier<String, String> tier = tier(300);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 1_000; i++) {
        tier.compareAndSet("k" + i, null, resident("v"));
      }
      assertThat(tier.usage().entries()).isEqualTo(300);
      checkPolicyFollows(tier);

      tier.clear();
      assertThat(tier.usage().entries()).isZero();
      assertThat(tier.iterator().hasNext()).isFalse();
      checkPolicyFollows(tier);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {6, 40, 10_000})
  void randomOperationsDoWhatAMapDoes(long maxEntries) {
    HeapTier<Integer, String> tier =
        new HeapTier<>(HeapSettings.builder().maxEntries(maxEntries).build());
    Map<Integer, Resident<String>> model = new HashMap<>();
    Random random = new Random(maxEntries);
    for (int step = 0; step < 50_000; step++) {
      int key = random.nextInt(60);
      Resident<String> known = model.get(key);
      Resident<String> held = tier.peek(key);
      if (held == null && known != null) {
        assertThat(maxEntries).as("only evictions lose entries").isLessThan(60);
        model.remove(key);
        known = null;
      }
      assertThat(held).isSameAs(known);
      Resident<String> next = random.nextInt(4) == 0 ? null : resident("v" + step);
      switch (random.nextInt(8)) {
        case 0 -> assertThat(tier.remove(key)).isSameAs(model.remove(key));
        case 1 -> assertThat(tier.compareAndSet(key, resident("x"), next)).isFalse();
        case 2 -> assertThat(tier.get(key)).isSameAs(known);
        default -> {
          assertThat(tier.compareAndSet(key, known, next)).isTrue();
          if (next == null) {
            model.remove(key);
          } else {
            model.put(key, next);
          }
        }
      }
    }
    checkPolicyFollows(tier);
    assertThat(tier.usage().entries()).isLessThanOrEqualTo(maxEntries);
  }
}
