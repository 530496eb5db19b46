package io.terrace.stack;

import io.terrace.Codec;
import io.terrace.PromotionPolicy;
import io.terrace.TierEvent;
import io.terrace.codec.AllowList;
import io.terrace.codec.Codecs;
import io.terrace.codec.KeyCodecs;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stacks of strings over tiers that a test can fail, pause and look into; time stands still. */
final class StackFixture {
  static final long START_MILLIS = 1_700_000_000_000L;

  final AtomicLong now = new AtomicLong(START_MILLIS);
  final InstantSource clock = () -> Instant.ofEpochMilli(now.get());
  final List<String> expired = new CopyOnWriteArrayList<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  final List<Long> versions = new CopyOnWriteArrayList<>();
  final StackListener<String, String> listener = new Listener();
  volatile boolean hearsTiers;
  final KeyCodec<String> keys =
      KeyCodecs.of(String.class, AllowList.of(List.of()), getClass().getClassLoader());
  final Codec<String> values =
      Codecs.of(String.class, AllowList.of(List.of()), getClass().getClassLoader());

  final MemoryTier upperMemory = new MemoryTier("upper", clock, 1 << 20);
  final FaultyTier upper = new FaultyTier(upperMemory);
  final MemoryTier authorityMemory = new MemoryTier("authority", clock, 1 << 20);
  final FaultyTier authorityFaults = new FaultyTier(authorityMemory);
  final PausingTier authority = new PausingTier(authorityFaults);
  final MapHeap<String, String> heap = new MapHeap<>();

  Stack<String, String> heapAlone() {
    return heapAlone(heap, null);
  }

  /** A heap alone, as its own authority. */
  Stack<String, String> heapAlone(ObjectTier<String, String> only, @Nullable Duration ttl) {
    return new ObjectStack<>(
        only, ttl, clock, v -> true, listener, String.class, evictions(TierEventKind.EVICTED));
  }

  Stack<String, String> tiered(
      @Nullable ObjectTier<String, String> top, @Nullable Duration ttl, Tier... tiers) {
    return tiered(PromotionPolicy.ALWAYS, top, ttl, tiers);
  }

  Stack<String, String> tiered(
      PromotionPolicy policy,
      @Nullable ObjectTier<String, String> top,
      @Nullable Duration ttl,
      Tier... tiers) {
    return tiered(policy, top, ttl, new ByteTiers(List.of(tiers)));
  }

  Stack<String, String> tiered(
      PromotionPolicy policy,
      @Nullable ObjectTier<String, String> top,
      @Nullable Duration ttl,
      ByteTiers tiers) {
    Front<String, String> front =
        top == null
            ? null
            : new Front<>(top, key -> key, ttl, clock, evictions(TierEventKind.DEMOTED));
    return new TieredStack<>(
        front, tiers, keys, values, clock, v -> true, listener, String.class, policy, Sharing.NONE);
  }

  private HeapEvictions<String, String> evictions(TierEventKind kind) {
    HeapEvictions<String, String> evictions = new HeapEvictions<>(listener, "heap", kind);
    heap.listener = evictions;
    return evictions;
  }

  /** Heap, an optional tier, and the authority. */
  Stack<String, String> three() {
    return tiered(heap, null, upper, authority);
  }

  /** Notes what a stack tells; it hears of tiers once a test says so. */
  private final class Listener implements StackListener<String, String> {
    @Override
    public void expired(String key, Resident<String> resident, BooleanSupplier removal) {
      if (removal.getAsBoolean()) {
        expired.add(key + "=" + resident.value());
      }
    }

    @Override
    public boolean hearsTiers() {
      return hearsTiers;
    }

    @Override
    public void happened(TierEventKind kind, TierEvent<String> event) {
      String reason = event.reason() == null ? "" : " " + event.reason();
      events.add(kind + " " + event.key() + " " + event.tier() + reason);
      versions.add(event.version());
    }
  }

  EntryKey encoded(String key) {
    return keys.encode(key);
  }

  /** The value a byte tier holds, or null. */
  @Nullable String stored(MemoryTier tier, String key) throws IOException {
    byte[] body = Entries.get(tier, encoded(key));
    return body == null ? null : values.decode(ByteBuffer.wrap(body));
  }

  static void put(Stack<String, String> stack, String key, String value) {
    stack.put(key, value, EntryHeader.NEVER);
  }

  static @Nullable String get(Stack<String, String> stack, String key) {
    Resident<String> resident = stack.get(key);
    return resident == null ? null : resident.value();
  }

  /** Runs the call in a thread of its own. */
  static <T> CompletableFuture<T> inThread(Supplier<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(call.get());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  /** A loader of one answer, which remembers what was stored. */
  static final class FixedLoader implements Loader<String, String> {
    final AtomicLong loads = new AtomicLong();
    final List<String> stored = new CopyOnWriteArrayList<>();
    private final Supplier<@Nullable String> answer;

    FixedLoader(Supplier<@Nullable String> answer) {
      this.answer = answer;
    }

    @Override
    public @Nullable Loaded<String> load(String key) {
      loads.incrementAndGet();
      String value = answer.get();
      return value == null ? null : new Loaded<>(value, EntryHeader.NEVER);
    }

    @Override
    public void stored(String key, String value) {
      stored.add(key + "=" + value);
    }
  }
}
