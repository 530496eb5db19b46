package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers, writers and removers in threads of their own on a few keys, over tiers that take their
 * time: every body that is read is whole, no thread reads an older one than it read before, and in
 * the end every tier holds the newest or nothing.
 */
class StreamStressTest {
  private static final int KEYS = 2;
  private static final int OPERATIONS = 1_500;
  private static final int CHUNK = 64 << 10;

  private final StreamFixture fixture = new StreamFixture();
  private final HookedTier middle = new HookedTier(fixture.middle);
  private final HookedTier top = new HookedTier(fixture.top);
  private final HookedTier authority = new HookedTier(fixture.authority);
  private final AtomicLong bodies = new AtomicLong();

  /** A body says in each of its eight bytes what it is, and how long. */
  private byte[] newBody(Random random) {
    int words = random.nextInt(4) == 0 ? 2 * CHUNK / 8 + random.nextInt(CHUNK) : random.nextInt(9);
    long number = bodies.incrementAndGet();
    ByteBuffer body = ByteBuffer.allocate(words * 8);
    while (body.hasRemaining()) {
      body.putLong(number << 32 | words);
    }
    return body.array();
  }

  private static void assertWhole(byte[] body) {
    assertThat(body.length % 8).isZero();
    ByteBuffer words = ByteBuffer.wrap(body);
    long first = words.remaining() == 0 ? 0 : words.getLong(0);
    assertThat((int) first).as("words of the body").isEqualTo(body.length / 8);
    while (words.hasRemaining()) {
      assertThat(words.getLong() == first).as("a mixture").isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i1_i3_i4_i10_everyBodyIsWholeAndInTheEndTheNewestIsEverywhere(boolean joins)
      throws Exception {
    long seed = Long.getLong("terrace.seed", System.nanoTime());
    StreamSettings plain = StreamSettings.DEFAULTS.withChunkBytes(CHUNK).fillingOnRange();
    StreamStack<String> stack =
        fixture.stack(
            joins ? plain.joiningWrites() : plain, PromotionPolicy.ALWAYS, top, middle, authority);
    List<CompletableFuture<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Random random = new Random(seed + i);
      threads.add(StackFixture.inThread(() -> run(stack, random)));
    }
    for (CompletableFuture<Boolean> thread : threads) {
      assertThat(thread.get(60, TimeUnit.SECONDS)).as("seed %d", seed).isTrue();
    }
    fixture.assertNothingLeft(stack);
    for (int k = 0; k < KEYS; k++) {
      assertNewest("k" + k, "seed " + seed);
    }
    stack.close();
  }

  private void assertNewest(String key, String seed) throws IOException {
    byte[] newest = fixture.stored(fixture.authorityMemory, key);
    EntryHeader truth = Entries.headerOf(fixture.authorityMemory, fixture.encoded(key));
    for (MemoryTier tier : List.of(fixture.topMemory, fixture.middleMemory)) {
      byte[] copy = fixture.stored(tier, key);
      if (copy != null) {
        assertThat(Arrays.equals(copy, newest)).as("%s of %s, %s", key, tier.name(), seed).isTrue();
        assertThat(Entries.headerOf(tier, fixture.encoded(key))).as(seed).isEqualTo(truth);
      }
    }
  }

  private boolean run(StreamStack<String> stack, Random random) {
    long[] seen = new long[KEYS];
    try {
      for (int i = 0; i < OPERATIONS; i++) {
        slowDown(random);
        int number = random.nextInt(KEYS);
        step(stack, random, "k" + number, number, seen);
      }
      return true;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static final Operation[] SLOW = {
    Operation.LOOKUP, Operation.COMMIT, Operation.WRITE, Operation.PURGE, Operation.READ
  };

  /** Makes some next call of some tier take a little longer. */
  private void slowDown(Random random) {
    HookedTier tier = List.of(top, middle, authority).get(random.nextInt(3));
    Operation operation = SLOW[random.nextInt(SLOW.length)];
    Runnable pause = () -> pause(random.nextInt(3) * 50_000L);
    HookedTier unused =
        random.nextBoolean() ? tier.before(operation, pause) : tier.after(operation, pause);
  }

  private static void pause(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.yield();
    }
  }

  private void step(StreamStack<String> stack, Random random, String key, int number, long[] seen)
      throws IOException {
    switch (random.nextInt(12)) {
      case 0 -> StreamFixture.put(stack, key, newBody(random));
      case 1 -> compareAndSet(stack, random, key);
      case 2 -> {
        boolean unused = stack.remove(key);
      }
      case 3 -> purgeAbove(random, key);
      case 4 -> {
        Resident<StreamValue> found = stack.find(key);
        if (found != null) {
          stack.touch(key, found, EntryHeader.NEVER - 1 - random.nextInt(1000));
        }
      }
      case 5 -> push(stack, random, key);
      case 6 -> follow(stack, key);
      case 7 -> readRange(stack, random, key);
      case 8 -> {
        if (random.nextInt(20) == 0) {
          stack.clear();
        }
      }
      default -> readWhole(stack, key, number, seen);
    }
  }

  private void compareAndSet(StreamStack<String> stack, Random random, String key) {
    StreamValue staged = stack.stage(key, StreamValue.of(newBody(random)));
    boolean unused = stack.compareAndSet(key, stack.find(key), staged, EntryHeader.NEVER);
    stack.discard(staged);
  }

  private void purgeAbove(Random random, String key) throws IOException {
    MemoryTier tier = random.nextBoolean() ? fixture.topMemory : fixture.middleMemory;
    boolean unused = tier.purge(fixture.encoded(key), PurgeReason.EVICTION, Condition.ALWAYS);
  }

  private void push(StreamStack<String> stack, Random random, String key) {
    byte[] body = newBody(random);
    StagedWriter<StreamValue> writer =
        stack.openStage(key, Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(body, 0, body.length / 2));
    pause(random.nextInt(100_000));
    if (random.nextInt(4) == 0) {
      writer.abort();
      return;
    }
    writer.write(ByteBuffer.wrap(body, body.length / 2, body.length - body.length / 2));
    StreamValue staged = writer.finish();
    stack.put(key, staged, EntryHeader.NEVER);
    stack.discard(staged);
  }

  private static void follow(StreamStack<String> stack, String key) {
    StreamValue following = stack.join(key);
    if (following != null) {
      try {
        assertWhole(StreamFixture.read(following));
      } catch (IOException e) {
        // the write was aborted or undone
      }
    }
  }

  private static void readRange(StreamStack<String> stack, Random random, String key)
      throws IOException {
    Resident<StreamValue> resident = stack.get(key);
    if (resident != null) {
      try (StreamValue value = resident.value()) {
        ByteBuffer word = ByteBuffer.allocate(8);
        long words = value.length() / 8;
        if (words > 0) {
          long offset = random.nextInt((int) words) * 8L;
          while (word.hasRemaining()) {
            assertThat(value.read(offset + word.position(), word)).isPositive();
          }
          assertThat((int) word.getLong(0)).isEqualTo((int) words);
        }
      }
    }
  }

  /** What one thread reads never goes back in time. */
  private static void readWhole(StreamStack<String> stack, String key, int number, long[] seen)
      throws IOException {
    Resident<StreamValue> resident = stack.get(key);
    if (resident == null) {
      return;
    }
    assertThat(resident.version())
        .as("an older version than before")
        .isGreaterThanOrEqualTo(seen[number]);
    seen[number] = resident.version();
    try (StreamValue value = resident.value()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long unused = value.transferTo(Channels.newChannel(bytes));
      assertWhole(bytes.toByteArray());
    }
  }

  @Test
  void theCheckFindsAMixture() {
    byte[] body = newBody(new Random(3));
    byte[] mixed = ByteBuffer.allocate(16).putLong(1L << 32 | 2).putLong(2L << 32 | 2).array();
    assertWhole(body);
    assertThatThrownBy(() -> assertWhole(mixed)).isInstanceOf(AssertionError.class);
  }
}
