package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.codec.AllowList;
import io.terrace.codec.KeyCodecs;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Stacks of streams over tiers that a test can fail, pause and look into; time stands still. */
final class StreamFixture {
  static final long START_MILLIS = 1_700_000_000_000L;
  static final int TIER_BYTES = 8 << 20;

  /** With which no lane is left behind, however slow the machine. */
  static final StreamSettings PATIENT =
      StreamSettings.DEFAULTS.withLaneTimeout(Duration.ofSeconds(30));

  final AtomicLong now = new AtomicLong(START_MILLIS);
  final InstantSource clock = () -> Instant.ofEpochMilli(now.get());
  final List<String> expired = new CopyOnWriteArrayList<>();
  final KeyCodec<String> keys =
      KeyCodecs.of(String.class, AllowList.of(List.of()), getClass().getClassLoader());
  final LaneThreads threads = new LaneThreads("test");

  /** A tier of this process, written in line. */
  final MemoryTier topMemory = new MemoryTier("top", clock, TIER_BYTES);

  final FaultyTier topFaults = new FaultyTier(topMemory);
  final PausingTier top = new PausingTier(topFaults);

  /** A tier of this machine, written behind a queue. */
  final MemoryTier middleMemory =
      new MemoryTier("middle", clock, TIER_BYTES).withScope(Scope.MACHINE);

  final FaultyTier middleFaults = new FaultyTier(middleMemory);
  final PausingTier middle = new PausingTier(middleFaults);

  final MemoryTier authorityMemory =
      new MemoryTier("authority", clock, 2L * TIER_BYTES).withScope(Scope.MACHINE);
  final FaultyTier authorityFaults = new FaultyTier(authorityMemory);
  final PausingTier authority = new PausingTier(authorityFaults);

  StreamStack<String> stack(StreamSettings settings, PromotionPolicy policy, Tier... tiers) {
    return stack(settings, policy, threads, tiers);
  }

  StreamStack<String> stack(
      StreamSettings settings, PromotionPolicy policy, ExecutorService executor, Tier... tiers) {
    return stack(settings, policy, executor, new ByteTiers(List.of(tiers)));
  }

  StreamStack<String> stack(
      StreamSettings settings, PromotionPolicy policy, ExecutorService executor, ByteTiers tiers) {
    return new StreamStack<>(
        tiers,
        keys,
        settings,
        policy,
        clock,
        new StackListener<>() {
          @Override
          public void expired(String key, Resident<StreamValue> resident, BooleanSupplier removal) {
            if (removal.getAsBoolean()) {
              expired.add(key);
            }
          }
        },
        executor,
        String.class,
        Sharing.NONE);
  }

  StreamStack<String> stack(Tier... tiers) {
    return stack(PATIENT, PromotionPolicy.ALWAYS, tiers);
  }

  /** All three. */
  StreamStack<String> three() {
    return stack(top, middle, authority);
  }

  EntryKey encoded(String key) {
    return keys.encode(key);
  }

  /** What a tier holds, or null. */
  byte @Nullable [] stored(Tier tier, String key) throws IOException {
    return Entries.get(tier, encoded(key));
  }

  static void put(Stack<String, StreamValue> stack, String key, byte[] body) {
    put(stack, key, StreamValue.of(body), EntryHeader.NEVER);
  }

  static void put(Stack<String, StreamValue> stack, String key, byte[] body, Metadata metadata) {
    put(stack, key, StreamValue.of(body).withMetadata(metadata), EntryHeader.NEVER);
  }

  static void put(
      Stack<String, StreamValue> stack, String key, StreamValue source, long expiresAtMillis) {
    StreamValue staged = stack.stage(key, source);
    try {
      stack.put(key, staged, expiresAtMillis);
    } finally {
      stack.discard(staged);
    }
  }

  /** The whole value, read to its end, or null. */
  static byte @Nullable [] get(Stack<String, StreamValue> stack, String key) throws IOException {
    Resident<StreamValue> resident = stack.get(key);
    return resident == null ? null : read(resident.value());
  }

  /** Reads to the end and closes. */
  static byte[] read(StreamValue value) throws IOException {
    try (value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long unused = value.transferTo(Channels.newChannel(bytes));
      return bytes.toByteArray();
    }
  }

  /** Waits until nobody is at work on a key any more. */
  static void awaitIdle(StreamStack<String> stack) throws InterruptedException {
    await(stack::isIdle, "somebody is at work on a key");
  }

  /** Waits for what other threads do. */
  static void await(BooleanSupplier condition, String otherwise) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(otherwise).isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  /** Nothing is open, and nobody is at work on any key, as soon as the last lane was told. */
  void assertNothingLeft(StreamStack<String> stack) throws InterruptedException {
    awaitIdle(stack);
    for (MemoryTier tier : List.of(topMemory, middleMemory, authorityMemory)) {
      await(() -> tier.openHandles() == 0, "handles of '" + tier.name() + "' are open");
    }
  }
}
