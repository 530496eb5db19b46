package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on stacks of every shape against a map with deadlines. */
class StackModelTest {
  private static final int OPERATIONS = 20_000;
  private static final int KEYS = 12;

  private record Expected(String value, long expiresAtMillis) {}

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
    Expected expected = model.get(key);
    switch (random.nextInt(13)) {
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
        model.putIfAbsent(key, new Expected(value, EntryHeader.NEVER));
      }
      case 6 -> {
        Resident<String> current = stack.get(key);
        if (current != null) {
          stack.touch(key, current, deadline);
          model.put(key, new Expected(current.value(), deadline));
        }
      }
      case 7 -> evict(key, shape);
      case 8 -> fixture.upperMemory.clear();
      case 9 -> passTime(random);
      case 10 -> assertThat(stack.contains(key)).as(when).isEqualTo(expected != null);
      case 11 -> assertThat(walk(stack)).as(when).isEqualTo(modelValues());
      default -> {
        if (random.nextInt(200) == 0) {
          stack.clear();
          model.clear();
        }
      }
    }
    assertThat(StackFixture.get(stack, key))
        .as(when)
        .isEqualTo(model.containsKey(key) ? model.get(key).value() : null);
    assertThat(stack.getAll(Set.of(key)).containsKey(key)).isEqualTo(model.containsKey(key));
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
    model.forEach((key, expected) -> values.put(key, expected.value()));
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
