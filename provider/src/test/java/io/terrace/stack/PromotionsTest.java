package io.terrace.stack;

import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.HeapSettings;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.ObjectTierFactory;
import io.terrace.tier.TierListener;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which tiers a read copies an entry into, and what the listener of the stack hears of it. */
class PromotionsTest {
  private final StackFixture fixture = new StackFixture();

  private Stack<String, String> open(PromotionPolicy policy) {
    return fixture.tiered(policy, fixture.heap, null, fixture.upper, fixture.authority);
  }

  private void onlyAtTheAuthority(Stack<String, String> stack) throws Exception {
    put(stack, "k", "v");
    fixture.heap.clear();
    fixture.upperMemory.clear();
  }

  @Test
  void neverIsNever() throws Exception {
    Stack<String, String> stack =
        open(PromotionPolicy.ALWAYS.with("authority", "heap", Promotion.NEVER));
    onlyAtTheAuthority(stack);
    assertThat(get(stack, "k")).isEqualTo("v");
    assertThat(fixture.heap.peek("k")).isNull();
    assertThat(fixture.stored(fixture.upperMemory, "k")).isEqualTo("v");
    assertThat(get(stack, "k")).as("from the upper tier, of which nothing is said").isEqualTo("v");
    assertThat(fixture.heap.peek("k")).isNotNull();
  }

  @Test
  void afterSomeHitsAndThenAfterAsManyAgain() throws Exception {
    Stack<String, String> stack =
        open(
            PromotionPolicy.ALWAYS
                .with("authority", "upper", Promotion.after(3))
                .with("authority", "heap", Promotion.after(2)));
    for (int round = 0; round < 2; round++) {
      onlyAtTheAuthority(stack);
      get(stack, "k");
      assertThat(fixture.heap.peek("k")).isNull();
      get(stack, "k");
      assertThat(fixture.heap.peek("k")).isNotNull();
      assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
      fixture.heap.clear();
      get(stack, "k");
      assertThat(fixture.stored(fixture.upperMemory, "k")).isEqualTo("v");
    }
  }

  @Test
  void aPromotionByHandAsksNoPolicy() throws Exception {
    PromotionPolicy never =
        PromotionPolicy.ALWAYS
            .with("authority", "heap", Promotion.NEVER)
            .with("authority", "upper", Promotion.NEVER)
            .with("upper", "heap", Promotion.NEVER);
    Stack<String, String> stack = open(never);
    onlyAtTheAuthority(stack);
    get(stack, "k");
    assertThat(stack.operations().residency("k")).hasSize(1);
    assertThat(stack.operations().promote("k", "heap")).isTrue();
    assertThat(stack.operations().promote("k", "upper")).isTrue();
    assertThat(stack.operations().residency("k")).hasSize(3);
    assertThat(stack.operations().promote("absent", "heap")).isFalse();
  }

  @Test
  void aListenerHearsOfPromotionsPurgesAndDemotions() throws Exception {
    Stack<String, String> stack = open(PromotionPolicy.ALWAYS);
    fixture.hearsTiers = true;
    onlyAtTheAuthority(stack);
    long version = stack.get("k").version();
    assertThat(fixture.events).containsExactly("PROMOTED k upper", "PROMOTED k heap");
    fixture.events.clear();
    stack.operations().purge("k", PurgeReason.EVICTION, Set.of("upper"));
    stack.operations().purge("k", PurgeMode.HARD);
    assertThat(fixture.events)
        .containsExactly(
            "DEMOTED k upper EVICTION",
            "PURGED k heap INVALIDATION",
            "PURGED k authority INVALIDATION");
    assertThat(fixture.versions).containsOnly(version);
    fixture.events.clear();
    put(stack, "k", "v");
    stack.operations().purgePrefix("k", PurgeMode.HARD);
    assertThat(fixture.events)
        .containsExactly(
            "PURGED k heap INVALIDATION",
            "PURGED k upper INVALIDATION",
            "PURGED k authority INVALIDATION");
  }

  @Test
  void aListenerHearsWhatLeavesAByteTierUnasked() {
    TierEvents<String> events = new TierEvents<>(fixture.listener, "authority");
    TierDepartures<String> departures =
        new TierDepartures<>(fixture.keys, events, TierListener.NONE);
    assertThat(departures.isListening()).isFalse();
    departures.left("upper", fixture.encoded("k"), 1, PurgeReason.EVICTION);
    fixture.hearsTiers = true;
    assertThat(departures.isListening()).isTrue();
    departures.left("upper", fixture.encoded("k"), 1, PurgeReason.EVICTION);
    departures.left("authority", fixture.encoded("k"), 1, PurgeReason.EVICTION);
    departures.left("authority", fixture.encoded("k"), 1, PurgeReason.CORRUPTION);
    departures.left("upper", Entries.key("damaged"), 1, PurgeReason.EVICTION);
    assertThat(fixture.events)
        .containsExactly(
            "DEMOTED k upper EVICTION",
            "EVICTED k authority EVICTION",
            "PURGED k authority CORRUPTION");
  }

  @Test
  void aListenerHearsWhatAFullHeapEvictsAndWhyItMattered() {
    HeapEvictions<String, String> evictions =
        new HeapEvictions<>(fixture.listener, "heap", TierEventKind.EVICTED);
    ObjectTier<String, String> heap =
        ServiceLoader.load(ObjectTierFactory.class)
            .iterator()
            .next()
            .open(HeapSettings.builder().maxEntries(10).build(), evictions);
    Stack<String, String> stack =
        new ObjectStack<>(
            heap, null, fixture.clock, v -> true, fixture.listener, String.class, evictions);
    for (int i = 0; i < 20; i++) {
      put(stack, "unheard" + i, "v");
    }
    assertThat(fixture.events).isEmpty();
    fixture.hearsTiers = true;
    for (int i = 0; i < 20; i++) {
      put(stack, "k" + i, "v");
    }
    assertThat(fixture.events).hasSizeBetween(19, 21).allMatch(e -> e.startsWith("EVICTED"));
    stack.close();
  }

  @Test
  void damageThatTheStackFindsIsToldToo() throws Exception {
    Stack<String, String> stack = open(PromotionPolicy.ALWAYS);
    fixture.hearsTiers = true;
    Entries.put(
        fixture.authorityMemory,
        Entries.header(fixture.encoded("k")),
        new byte[] {1},
        Condition.ALWAYS);
    assertThat(stack.get("k")).isNull();
    assertThat(fixture.events).containsExactly("PURGED k authority CORRUPTION");
  }
}
