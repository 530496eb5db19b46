package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on stacks of every shape against a map with deadlines. */
class StackModelTest {
  private static final int OPERATIONS = 20_000;
  private static final int KEYS = 12;

  private static final List<String> TAGS = List.of("red", "green");

  private record Expected(String value, long expiresAtMillis, Set<String> tags, boolean stale) {
    Expected(String value, long expiresAtMillis) {
      this(value, expiresAtMillis, Set.of(), false);
    }

    Expected purged(boolean hit) {
      return new Expected(value, expiresAtMillis, tags, stale || hit);
    }
  }

  private final StackFixture fixture = new StackFixture();
  private final Map<String, Expected> model = new HashMap<>();

  private Stack<String, String> open(String shape) {
    return switch (shape) {
      case "heap" -> fixture.heapAlone();
      case "disk" -> fixture.tiered(null, null, fixture.authority);
      case "heap, disk" -> fixture.tiered(fixture.heap, null, fixture.authority);
      case "heap with ttl, disk" ->
          fixture.tiered(fixture.heap, Duration.ofMillis(3), fixture.authority);
      case "heap, upper, disk" -> fixture.three();
      case "heap, tiny, upper, disk" ->
          fixture.tiered(
              fixture.heap,
              null,
              new MemoryTier("tiny", fixture.clock, 3),
              fixture.upper,
              fixture.authority);
      default -> throw new IllegalArgumentException(shape);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "heap",
        "disk",
        "heap, disk",
        "heap with ttl, disk",
        "heap, upper, disk",
        "heap, tiny, upper, disk"
      })
  void i7_everyStackBehavesLikeAMap(String shape) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Stack<String, String> stack = open(shape);
    for (int i = 0; i < OPERATIONS; i++) {
      String key = "k" + random.nextInt(KEYS);
      step(stack, key, "v" + i, random, shape, "seed " + seed + ", operation " + i);
    }
  }

  private void step(
      Stack<String, String> stack,
      String key,
      String value,
      Random random,
      String shape,
      String when)
      throws Exception {
    long deadline =
        random.nextBoolean() ? EntryHeader.NEVER : fixture.now.get() + 1 + random.nextInt(9);
    Expected held = model.get(key);
    Expected expected = held == null || held.stale() ? null : held;
    switch (random.nextInt(19)) {
      case 0, 1 -> {
        stack.put(key, value, deadline);
        model.put(key, new Expected(value, deadline));
      }
      case 2 -> {
        assertThat(stack.remove(key)).as(when).isEqualTo(expected != null);
        model.remove(key);
      }
      case 3 -> {
        Resident<String> current = stack.get(key);
        assertThat(stack.compareAndSet(key, current, value, deadline)).as(when).isTrue();
        if (current != null) {
          assertThat(stack.compareAndSet(key, current, "stale", deadline)).as(when).isFalse();
          assertThat(stack.remove(key, current)).as(when).isFalse();
        }
        model.put(key, new Expected(value, deadline));
      }
      case 4 -> {
        Resident<String> current = stack.get(key);
        if (current != null) {
          assertThat(stack.remove(key, current)).as(when).isTrue();
          model.remove(key);
        }
      }
      case 5 -> {
        Resident<String> loaded = stack.getOrLoad(key, new StackFixture.FixedLoader(() -> value));
        assertThat(loaded.value()).as(when).isEqualTo(expected == null ? value : expected.value());
        if (expected == null) {
          model.put(key, new Expected(value, EntryHeader.NEVER));
        }
      }
      case 6 -> {
        Resident<String> current = stack.get(key);
        if (current != null && expected != null) {
          stack.touch(key, current, deadline);
          model.put(key, new Expected(current.value(), deadline, expected.tags(), false));
        }
      }
      case 7 -> evict(key, shape);
      case 8 -> fixture.upperMemory.clear();
      case 9 -> passTime(random);
      case 10 -> assertThat(stack.contains(key)).as(when).isEqualTo(expected != null);
      case 11 -> assertThat(walk(stack)).as(when).isEqualTo(modelValues());
      case 12 -> tag(stack, key, random, when);
      case 13 -> purgeTag(stack, TAGS.get(random.nextInt(TAGS.size())), mode(random));
      case 14 -> purgeKey(stack, key, mode(random), when);
      case 15 -> purgePrefix(stack, "k" + random.nextInt(2), mode(random), when);
      case 16 -> {
        List<String> tiers = stack.operations().tiers();
        String tier = tiers.get(random.nextInt(tiers.size()));
        boolean promoted = stack.operations().promote(key, tier);
        assertThat(promoted).as(when).isEqualTo(expected != null && admits(tier, expected));
      }
      case 17 -> demote(stack, key, random, when);
      default -> {
        if (random.nextInt(200) == 0) {
          stack.clear();
          model.clear();
        }
      }
    }
    assertModel(stack, key, when);
  }

  private void assertModel(Stack<String, String> stack, String key, String when) {
    Expected held = model.get(key);
    Expected fresh = held == null || held.stale() ? null : held;
    Resident<String> found = stack.get(key);
    assertThat(found == null ? null : found.value())
        .as(when)
        .isEqualTo(fresh == null ? null : fresh.value());
    if (found != null && fresh != null) {
      assertThat(stack.metadata(found).tags()).as(when).isEqualTo(fresh.tags());
    }
    Resident<String> stale = stack.getStale(key);
    assertThat(stale == null ? null : stale.value())
        .as(when)
        .isEqualTo(held == null ? null : held.value());
    assertThat(stack.operations().residency(key).isEmpty()).as(when).isEqualTo(held == null);
  }

  private static PurgeMode mode(Random random) {
    return random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
  }

  /** The tier "tiny" admits three bytes, and every value has more than two characters. */
  private static boolean admits(String tier, Expected expected) {
    return !tier.equals("tiny") || expected.value().length() < 3;
  }

  /** Gives an entry a value of this moment, as an older one would meet the purges of its tag. */
  private void tag(Stack<String, String> stack, String key, Random random, String when) {
    Set<String> tags = random.nextBoolean() ? Set.of(TAGS.get(random.nextInt(2))) : Set.of();
    String value = "t" + random.nextInt(1000);
    stack.put(key, value, EntryHeader.NEVER);
    long version = stack.get(key).version();
    MetadataUpdate update = MetadataUpdate.of(new Metadata(null, tags, Map.of()));
    assertThat(stack.operations().update(key, version - 1, update)).as(when).isFalse();
    assertThat(stack.operations().update(key, version, update)).as(when).isTrue();
    model.put(key, new Expected(value, EntryHeader.NEVER, tags, false));
  }

  private void purgeTag(Stack<String, String> stack, String tag, PurgeMode mode) {
    stack.operations().purgeTag(tag, mode);
    purgeModel(mode, (key, expected) -> expected.tags().contains(tag));
  }

  private void purgeKey(Stack<String, String> stack, String key, PurgeMode mode, String when) {
    boolean unused = stack.contains(key); // which removes what is over, and would be purged, too
    PurgeReceipt receipt = stack.operations().purge(key, mode);
    assertThat(lowest(receipt).outcome())
        .as(when)
        .isEqualTo(model.containsKey(key) ? Outcome.DONE : Outcome.NOTHING);
    purgeModel(mode, (other, expected) -> other.equals(key));
  }

  private void purgePrefix(
      Stack<String, String> stack, String prefix, PurgeMode mode, String when) {
    long hit =
        model.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(prefix))
            .filter(entry -> mode == PurgeMode.HARD || !entry.getValue().stale())
            .count();
    PurgeReceipt receipt = stack.operations().purgePrefix(prefix, mode);
    assertThat(lowest(receipt).entries()).as(when).isEqualTo(hit);
    purgeModel(mode, (key, expected) -> key.startsWith(prefix));
  }

  private static PurgeReceipt.TierReceipt lowest(PurgeReceipt receipt) {
    return receipt.tiers().get(receipt.tiers().size() - 1);
  }

  private void purgeModel(PurgeMode mode, BiPredicate<String, Expected> hit) {
    if (mode == PurgeMode.HARD) {
      model.entrySet().removeIf(entry -> hit.test(entry.getKey(), entry.getValue()));
    } else {
      model.replaceAll((key, expected) -> expected.purged(hit.test(key, expected)));
    }
  }

  /** A tier that is no authority only loses its copy. */
  private void demote(Stack<String, String> stack, String key, Random random, String when) {
    List<String> tiers = stack.operations().tiers();
    int tier = random.nextInt(tiers.size());
    String name = tiers.get(tier);
    PurgeReceipt receipt = stack.operations().purge(key, PurgeReason.EVICTION, Set.of(name));
    if (tier == tiers.size() - 1) {
      model.remove(key);
      assertThat(receipt.tiers()).as(when).hasSize(tiers.size());
    } else {
      assertThat(receipt.tiers()).as(when).singleElement().extracting("tier").isEqualTo(name);
      assertThat(stack.operations().residency(key))
          .as(when)
          .noneMatch(copy -> copy.info().tier().equals(name));
    }
  }

  private void evict(String key, String shape) {
    if (!shape.equals("heap")) {
      fixture.heap.evict(key);
    }
  }

  private void passTime(Random random) {
    long now = fixture.now.addAndGet(random.nextInt(4));
    model.values().removeIf(expected -> expected.expiresAtMillis() <= now);
  }

  private Map<String, String> modelValues() {
    Map<String, String> values = new HashMap<>();
    model.forEach(
        (key, expected) -> {
          if (!expected.stale()) {
            values.put(key, expected.value());
          }
        });
    return values;
  }

  private static Map<String, String> walk(Stack<String, String> stack) {
    Map<String, String> values = new HashMap<>();
    for (Iterator<Map.Entry<String, Resident<String>>> all = stack.iterator(); all.hasNext(); ) {
      Map.Entry<String, Resident<String>> entry = all.next();
      values.put(entry.getKey(), entry.getValue().value());
    }
    return values;
  }
}
