package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Lookup;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A stack of either kind over an authority whose changes another tier tells, as a map of texts. */
interface ToldCache {
  /** Who loads waits a moment only for who is dead. */
  CoherenceSettings SETTINGS = CoherenceSettings.DEFAULTS.withLoadLease(Duration.ofMillis(1));

  @Nullable String get(String key);

  /** What the authority holds, and a conditional write over it; whether that was made. */
  boolean compareAndSet(String key, @Nullable String expected, String value);

  void put(String key, String value);

  boolean remove(String key);

  @Nullable String getOrLoad(String key, Supplier<String> source);

  void clear();

  /** Whether a read would be served from the heap. */
  boolean isNear(String key);

  void evict(String key);

  void close();

  /** The text in the bytes that the authority holds. */
  String decode(byte[] stored) throws IOException;

  /** A stack of decoded values. */
  final class Values implements ToldCache {
    private final StackFixture base;
    private final MapHeap<String, String> heap = new MapHeap<>();
    private final TieredStack<String, String> stack;

    Values(StackFixture base, List<Tier> tiers, LongSupplier nanos, List<SteppedThread> threads) {
      this.base = base;
      stack =
          new TieredStack<>(
              new Front<>(heap, key -> key, null, base.clock, null),
              Stacks.byteTiers(tiers, CoherenceSettings.DEFAULTS.loadLease(), nanos),
              base.keys,
              base.values,
              base.clock,
              v -> true,
              base.listener,
              String.class,
              PromotionPolicy.ALWAYS,
              Sharing.by(SETTINGS, () -> threads.remove(0), change -> {}));
    }

    private static @Nullable String value(@Nullable Resident<String> resident) {
      return resident == null ? null : resident.value();
    }

    @Override
    public @Nullable String get(String key) {
      return value(stack.get(key));
    }

    @Override
    public boolean compareAndSet(String key, @Nullable String expected, String value) {
      Resident<String> seen = stack.latest(key);
      return Objects.equals(value(seen), expected)
          && stack.compareAndSet(key, seen, value, EntryHeader.NEVER);
    }

    @Override
    public void put(String key, String value) {
      stack.put(key, value, EntryHeader.NEVER);
    }

    @Override
    public boolean remove(String key) {
      return stack.remove(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Supplier<String> source) {
      return value(stack.getOrLoad(key, new StackFixture.FixedLoader(source::get)));
    }

    @Override
    public void clear() {
      stack.clear();
    }

    @Override
    public boolean isNear(String key) {
      return stack.near(key) != null;
    }

    @Override
    public void evict(String key) {
      heap.evict(key);
    }

    @Override
    public void close() {
      stack.close();
    }

    @Override
    public String decode(byte[] stored) throws IOException {
      return base.values.decode(ByteBuffer.wrap(stored));
    }
  }

  /** A stack of streams; what other threads do is done at once. */
  final class Streams implements ToldCache {
    private final StackFixture base;
    private final MemoryTier heap;
    private final StreamStack<String> stack;

    Streams(StackFixture base, List<Tier> below, LongSupplier nanos, List<SteppedThread> threads) {
      this.base = base;
      heap = new MemoryTier("heap", base.clock, 1 << 20);
      List<Tier> tiers = new ArrayList<>(below);
      tiers.add(0, heap);
      stack =
          new StreamStack<>(
              Stacks.byteTiers(tiers, CoherenceSettings.DEFAULTS.loadLease(), nanos),
              base.keys,
              StreamSettings.DEFAULTS,
              PromotionPolicy.ALWAYS,
              base.clock,
              (key, resident, removal) -> {
                boolean unused = removal.getAsBoolean();
              },
              new SteppingExecutor(),
              String.class,
              Sharing.by(SETTINGS, () -> threads.remove(0), change -> {}));
    }

    private static byte[] bytes(String value) {
      return value.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String value(@Nullable Resident<StreamValue> resident) {
      try {
        return resident == null
            ? null
            : new String(StreamFixture.read(resident.value()), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public @Nullable String get(String key) {
      return value(stack.get(key));
    }

    @Override
    public boolean compareAndSet(String key, @Nullable String expected, String value) {
      Resident<StreamValue> seen = stack.latest(key);
      if (!Objects.equals(value(seen), expected)) {
        return false;
      }
      StreamValue staged = stack.stage(key, StreamValue.of(bytes(value)));
      try {
        return stack.compareAndSet(key, seen, staged, EntryHeader.NEVER);
      } finally {
        stack.discard(staged);
      }
    }

    @Override
    public void put(String key, String value) {
      StreamFixture.put(stack, key, bytes(value));
    }

    @Override
    public boolean remove(String key) {
      return stack.remove(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Supplier<String> source) {
      return value(
          stack.getOrLoad(
              key,
              new Loader<>() {
                @Override
                public Loaded<StreamValue> load(String loaded) {
                  return new Loaded<>(StreamValue.of(bytes(source.get())), EntryHeader.NEVER);
                }

                @Override
                public void stored(String loaded, StreamValue value) {}
              }));
    }

    @Override
    public void clear() {
      stack.clear();
    }

    @Override
    public boolean isNear(String key) {
      return heap.lookup(base.encoded(key)) instanceof Lookup.Hit;
    }

    @Override
    public void evict(String key) {
      try {
        boolean unused = heap.purge(base.encoded(key), PurgeReason.EVICTION, Condition.ALWAYS);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      stack.close();
    }

    @Override
    public String decode(byte[] stored) {
      return new String(stored, StandardCharsets.UTF_8);
    }
  }
}
