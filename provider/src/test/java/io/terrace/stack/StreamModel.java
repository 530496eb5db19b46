package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.EntryTooLargeException;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Resident;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * One random sequence of operations on one random stack, next to a map that says what must come
 * out. Everything happens in one thread; what lanes do, and when, is a matter of the seed like the
 * rest. After each operation every tier holds the newest version of a key, under the same header as
 * the authority, or nothing of it. Over 400 lines since it has a method for each operation.
 */
final class StreamModel {
  private static final int KEYS = 3;
  private static final int[] SIZES = {
    0, 1, 99, 100, 101, 5_000, 65_535, 65_536, 65_537, 70_000, 70_001, 200_000, 299_999, 300_000
  };

  /** What a key should hold. */
  private static final class Expected {
    final byte[] body;
    long expiresAtMillis;
    Metadata metadata = Metadata.NONE;
    boolean stale;

    /** The authority dropped it for room; copies above may go on to be served. */
    boolean evicted;

    Expected(byte[] body, long expiresAtMillis) {
      this.body = body;
      this.expiresAtMillis = expiresAtMillis;
    }

    boolean isLive() {
      return !stale;
    }

    boolean isHeldAs(EntryHeader header) {
      return header.bodyLength() == body.length
          && header.checksum() == checksum(body)
          && header.expiresAtMillis() == expiresAtMillis
          && header.metadata().equals(metadata)
          && (header.freshness() == Freshness.STALE) == stale;
    }

    Expected copy() {
      Expected copy = new Expected(body, expiresAtMillis);
      copy.metadata = metadata;
      copy.stale = stale;
      copy.evicted = evicted;
      return copy;
    }
  }

  /** A handle that is held open across other operations. */
  private record Held(
      StreamValue value, ReadableByteChannel channel, byte[] body, int[] position) {}

  /** A write in progress, with those who follow it. */
  private static final class Writing {
    final String key;
    final StagedWriter<StreamValue> writer;
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    final List<StreamValue> followers = new ArrayList<>();
    boolean purged;
    boolean perhapsPurged;

    Writing(String key, StagedWriter<StreamValue> writer) {
      this.key = key;
      this.writer = writer;
    }
  }

  /** A body that was staged and not committed yet. */
  private record Staged(String key, byte[] body, StreamValue value) {}

  private final Random random;
  private final long[] now = {StreamFixture.START_MILLIS};
  private final ModelTiers tiers;
  private final SteppingExecutor executor = new SteppingExecutor();
  private final StreamStack<String> stack;
  private final StreamSettings settings;
  private final Map<String, Expected> model = new HashMap<>();
  private final List<Held> held = new ArrayList<>();
  private final List<Writing> writings = new ArrayList<>();
  private final List<Staged> stagedLater = new ArrayList<>();
  private final Set<String> toldExpired = new HashSet<>();
  private String when = "";
  private int bodies;

  StreamModel(long seed) {
    random = new Random(seed);
    tiers = new ModelTiers(random, () -> Instant.ofEpochMilli(now[0]));
    StreamSettings chosen =
        StreamSettings.DEFAULTS.withChunkBytes(64 << 10).withLaneTimeout(Duration.ofMillis(1));
    chosen = random.nextBoolean() ? chosen.joiningWrites() : chosen;
    settings = random.nextBoolean() ? chosen.fillingOnRange() : chosen;
    stack =
        new StreamStack<>(
            new ByteTiers(tiers.all()),
            tiers.keys(),
            settings,
            policy(),
            () -> Instant.ofEpochMilli(now[0]),
            new StackListener<>() {
              @Override
              public void expired(
                  String key, Resident<StreamValue> resident, BooleanSupplier removal) {
                if (removal.getAsBoolean()) {
                  assertThat(toldExpired.add(key + resident.version())).as(when).isTrue();
                }
              }
            },
            executor,
            String.class);
    int percent = random.nextInt(3) * 40;
    executor.defer(() -> random.nextInt(100) < percent);
  }

  private PromotionPolicy policy() {
    PromotionPolicy policy = PromotionPolicy.ALWAYS;
    for (int to = 0; to < tiers.count() - 1; to++) {
      for (int from = to + 1; from < tiers.count(); from++) {
        if (random.nextInt(5) == 0) {
          policy = policy.with("tier" + from, "tier" + to, Promotion.NEVER);
        }
      }
    }
    return policy;
  }

  /** Runs a sequence; an assertion that fails says where. */
  void run(int operations, String name) throws IOException {
    for (int i = 0; i < operations; i++) {
      int operation = random.nextInt(26);
      when = name + ", step " + i + ", operation " + operation + " on " + tiers + settings;
      step(operation);
      checkTiers();
    }
    end();
  }

  private void step(int operation) throws IOException {
    String key = "k" + random.nextInt(KEYS);
    tiers.planFault();
    switch (operation) {
      case 0, 1, 2 -> put(key);
      case 3 -> compareAndSet(key);
      case 4 -> compareWithOther(key);
      case 5 -> remove(key);
      case 6 -> removeSame(key);
      case 7, 8, 9 -> readWhole(key);
      case 10 -> readPart(key);
      case 11 -> readRange(key);
      case 12 -> hold(key);
      case 13 -> readOn();
      case 14 -> join(key);
      case 15 -> openWriting(key);
      case 16 -> writeOn();
      case 17 -> endWriting();
      case 18 -> touch(key);
      case 19 -> updateMetadata(key);
      case 20 -> makeStale(key);
      case 21 -> clearOrPassTime();
      case 22 -> evict(key);
      case 23 -> load(key);
      case 24 -> stageLater(key);
      default -> commitStaged();
    }
    if (random.nextInt(3) == 0) {
      boolean unused = executor.step();
    }
    tiers.heal();
    if (random.nextBoolean()) {
      close(stack.get("nobody has this")); // clears tiers that have to be
      tiers.trustAll();
    }
  }

  private interface Operation {
    void run() throws IOException;
  }

  /** Runs what may fail if the authority does; returns whether it went well. */
  private boolean attempt(Operation operation) throws IOException {
    return attempt(operation, false);
  }

  private boolean attempt(Operation operation, boolean needsUpper) throws IOException {
    try {
      operation.run();
      return true;
    } catch (CacheException | IOException e) {
      if (!tiers.authorityFailed() && !(needsUpper && tiers.anyFailed())) {
        throw new AssertionError(when + ": failed though the authority did not", e);
      }
      return false;
    }
  }

  /** What the key holds after an operation of unknown outcome: as before, or as it should be. */
  private void adopt(String key, @Nullable Expected intended) {
    EntryHeader header = tiers.heldByAuthority(key);
    Expected before = model.get(key);
    boolean absent = header == null || header.expiresAtMillis() <= now[0];
    if (intended != null && header != null && !absent && intended.isHeldAs(header)) {
      model.put(key, intended);
    } else if (intended == null && absent && before != null && !before.evicted) {
      model.remove(key);
    }
  }

  private void checkTiers() {
    model.values().removeIf(expected -> expected.expiresAtMillis <= now[0]);
    for (int k = 0; k < KEYS; k++) {
      String key = "k" + k;
      Expected expected = model.get(key);
      EntryHeader truth = tiers.heldByAuthority(key);
      if (expected == null || expected.evicted) {
        assertThat(truth == null || truth.expiresAtMillis() <= now[0])
            .as("%s: the authority still has %s: %s", when, key, truth)
            .isTrue();
      } else {
        assertThat(truth).as("%s: the authority lost %s", when, key).isNotNull();
        assertThat(expected.isHeldAs(truth)).as("%s: authority has %s", when, truth).isTrue();
      }
      for (int i = 0; i < tiers.count() - 1; i++) {
        checkUpper(i, key, expected, truth);
      }
    }
  }

  private void checkUpper(
      int tier, String key, @Nullable Expected expected, @Nullable EntryHeader truth) {
    EntryHeader copy = tiers.held(tier, key);
    if (copy == null || copy.expiresAtMillis() <= now[0] || !tiers.isTrusted(tier)) {
      return;
    }
    String what = when + ": tier" + tier + " has a leftover of " + key + ": " + copy;
    assertThat(expected).as(what + ", nobody should").isNotNull();
    assertThat(expected.isHeldAs(copy)).as(what).isTrue();
    if (!expected.evicted) {
      assertThat(copy.version()).as(what + ", the authority " + truth).isEqualTo(truth.version());
    }
  }

  // Bodies

  private byte[] newBody() {
    int size = random.nextInt(4) == 0 ? SIZES[random.nextInt(SIZES.length)] : random.nextInt(300);
    if (random.nextInt(60) == 0) {
      size = ModelTiers.AUTHORITY_BYTES + 1 + random.nextInt(50_000);
    }
    byte[] body = new byte[size];
    Arrays.fill(body, (byte) ++bodies);
    for (int i = 0; i + 4 <= size; i += 509) {
      body[i] = (byte) (bodies >> 8);
      body[i + 1] = (byte) (i >> 8);
      body[i + 2] = (byte) (i >> 16);
      body[i + 3] = (byte) bodies;
    }
    return body;
  }

  private static int checksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  private StreamValue source(byte[] body) {
    return switch (random.nextInt(3)) {
      case 0 -> StreamValue.of(body);
      case 1 -> StreamValue.of(new ByteArrayInputStream(body));
      default -> StreamValue.of(new ByteArrayInputStream(body), body.length);
    };
  }

  private long newDeadline() {
    return random.nextBoolean() ? EntryHeader.NEVER : now[0] + 1 + random.nextInt(9);
  }

  private static boolean isTooLarge(byte[] body) {
    return body.length > ModelTiers.AUTHORITY_BYTES;
  }

  // Writing

  /** Stages a body, or returns null where that had to fail. */
  private @Nullable StreamValue stage(String key, byte[] body) throws IOException {
    StreamValue[] staged = new StreamValue[1];
    try {
      boolean unused = attempt(() -> staged[0] = stack.stage(key, source(body)));
    } catch (AssertionError e) {
      if (!(e.getCause() instanceof EntryTooLargeException) || !isTooLarge(body)) {
        throw e;
      }
    }
    return staged[0];
  }

  private void put(String key) throws IOException {
    byte[] body = newBody();
    StreamValue staged = stage(key, body);
    if (staged != null) {
      commit(key, staged, body);
    }
  }

  private void commit(String key, StreamValue staged, byte[] body) throws IOException {
    assertThat(isTooLarge(body)).as(when).isFalse();
    Expected written = new Expected(body, newDeadline());
    if (attempt(() -> stack.put(key, staged, written.expiresAtMillis))) {
      assertThat(stack.wasPurged(staged)).as(when).isFalse();
      model.put(key, written);
    } else {
      adopt(key, written);
    }
    stack.discard(staged);
  }

  private void stageLater(String key) throws IOException {
    byte[] body = newBody();
    StreamValue staged = stage(key, body);
    if (staged != null) {
      stagedLater.add(new Staged(key, body, staged));
    }
  }

  private void commitStaged() throws IOException {
    if (!stagedLater.isEmpty()) {
      Staged staged = stagedLater.remove(random.nextInt(stagedLater.size()));
      if (random.nextInt(4) == 0) {
        stack.discard(staged.value());
      } else {
        commit(staged.key(), staged.value(), staged.body());
      }
    }
  }

  private void compareAndSet(String key) throws IOException {
    byte[] body = newBody();
    Expected written = new Expected(body, newDeadline());
    StreamValue staged = stage(key, body);
    if (staged == null) {
      return;
    }
    boolean[] set = new boolean[1];
    boolean done =
        attempt(
            () -> {
              Resident<StreamValue> current = random.nextBoolean() ? got(key) : stack.find(key);
              set[0] = stack.compareAndSet(key, current, staged, written.expiresAtMillis);
              Expected expected = model.get(key);
              boolean gone = current != null && expected != null && expected.evicted;
              if (!set[0] && !gone && !tiers.authorityFailed()) {
                throw new AssertionError(when + ": refused");
              }
              if (gone) {
                assertThat(set[0]).as(when).isFalse();
                model.remove(key); // it is purged from above, so that a next try finds none
              }
            });
    if (done && set[0]) {
      model.put(key, written);
    } else if (!done) {
      adopt(key, written);
    }
    stack.discard(staged);
  }

  private @Nullable Resident<StreamValue> got(String key) {
    Resident<StreamValue> resident = stack.get(key);
    close(resident);
    return resident;
  }

  private void compareWithOther(String key) throws IOException {
    Expected expected = model.get(key);
    byte[] body = newBody();
    StreamValue staged = stage(key, body);
    if (staged == null) {
      return;
    }
    Resident<StreamValue> other = resident(1);
    boolean unused =
        attempt(
            () -> {
              assertThat(stack.compareAndSet(key, other, staged, EntryHeader.NEVER))
                  .as(when)
                  .isFalse();
              if (expected != null && expected.isLive() && !expected.evicted) {
                assertThat(stack.compareAndSet(key, null, staged, EntryHeader.NEVER))
                    .as(when)
                    .isFalse();
              }
              assertThat(stack.remove(key, other)).as(when).isFalse();
            });
    forgetEvicted(key);
    stack.discard(staged);
  }

  /** A refused change takes copies out of the upper tiers that the authority does not have. */
  private void forgetEvicted(String key) {
    Expected expected = model.get(key);
    if (expected != null && expected.evicted && !tiers.authorityFailed()) {
      model.remove(key);
    }
  }

  private static Resident<StreamValue> resident(long version) {
    return new Resident<>(
        StreamValue.of(new byte[0]), version, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
  }

  private void remove(String key) throws IOException {
    Expected expected = model.get(key);
    boolean done =
        attempt(
            () ->
                assertThat(stack.remove(key))
                    .as(when)
                    .isEqualTo(expected != null && expected.isLive() && !expected.evicted));
    undoWritings(key, done);
    if (done) {
      model.remove(key);
    } else {
      adopt(key, null);
    }
  }

  private void removeSame(String key) throws IOException {
    Expected expected = model.get(key);
    boolean[] removed = new boolean[1];
    boolean done =
        attempt(
            () -> {
              Resident<StreamValue> current = stack.find(key);
              removed[0] = current != null && stack.remove(key, current);
            });
    if (done) {
      assertThat(removed[0])
          .as(when)
          .isEqualTo(expected != null && expected.isLive() && !expected.evicted);
      if (removed[0]) {
        model.remove(key);
        undoWritings(key, true);
      }
    } else {
      undoWritings(key, false);
      adopt(key, null);
    }
  }

  private void undoWritings(@Nullable String key, boolean certain) {
    for (Writing writing : writings) {
      if (key == null || writing.key.equals(key)) {
        writing.purged |= certain;
        writing.perhapsPurged |= !certain;
      }
    }
  }

  private void touch(String key) throws IOException {
    changeHeader(
        key,
        (current, expected) -> {
          expected.expiresAtMillis = newDeadline();
          stack.touch(key, current, expected.expiresAtMillis);
        });
  }

  private void updateMetadata(String key) throws IOException {
    changeHeader(
        key,
        (current, expected) -> {
          expected.metadata = new Metadata("text/plain", Set.of("t"), Map.of("n", "" + bodies++));
          assertThat(
                  stack.update(
                      tiers.keys().encode(key),
                      current.version(),
                      new HeaderUpdate(null, expected.metadata, null),
                      new Receipts(List.of())))
              .as(when)
              .isTrue();
        });
  }

  private void makeStale(String key) throws IOException {
    if (random.nextInt(3) > 0) {
      return;
    }
    changeHeader(
        key,
        (current, expected) -> {
          expected.stale = true;
          boolean unused =
              stack.update(
                  tiers.keys().encode(key),
                  current.version(),
                  new HeaderUpdate(null, null, Freshness.STALE),
                  new Receipts(List.of()));
        });
  }

  private interface HeaderChange {
    void run(Resident<StreamValue> current, Expected intended) throws IOException;
  }

  private void changeHeader(String key, HeaderChange change) throws IOException {
    Expected expected = model.get(key);
    if (expected == null || expected.evicted) {
      return;
    }
    Expected intended = expected.copy();
    boolean[] changed = new boolean[1];
    boolean done =
        attempt(
            () -> {
              Resident<StreamValue> current = stack.find(key);
              assertThat(current != null).as(when).isEqualTo(expected.isLive());
              if (current != null) {
                changed[0] = true;
                change.run(current, intended);
              }
            });
    if (done && changed[0]) {
      model.put(key, intended);
    } else if (!done) {
      adopt(key, intended);
    }
  }

  private void clearOrPassTime() throws IOException {
    if (random.nextInt(4) > 0) {
      now[0] += random.nextInt(4);
      return;
    }
    boolean done = attempt(stack::clear);
    undoWritings(null, true);
    if (done) {
      model.clear();
    } else {
      for (int k = 0; k < KEYS; k++) {
        Expected expected = model.get("k" + k);
        if (expected != null && expected.evicted) {
          model.remove("k" + k); // upper tiers are cleared whatever the authority does
        }
        adopt("k" + k, null);
      }
    }
  }

  private void evict(String key) throws IOException {
    int tier = random.nextInt(tiers.count());
    boolean evicted =
        tiers.memory(tier).purge(tiers.keys().encode(key), PurgeReason.EVICTION, Condition.ALWAYS);
    Expected expected = model.get(key);
    if (evicted && tier == tiers.count() - 1 && expected != null) {
      expected.evicted = true;
    }
  }

  // Reading

  private void close(@Nullable Resident<StreamValue> resident) {
    if (resident != null) {
      stack.release(resident);
    }
  }

  /** Whether only upper tiers have what the key holds. */
  private boolean isEvicted(String key) {
    Expected expected = model.get(key);
    return expected != null && expected.evicted;
  }

  /** Opens the value of a key and says whether it is right that it is there. */
  private @Nullable Resident<StreamValue> open(String key) {
    Expected expected = model.get(key);
    boolean stale = expected != null && expected.stale && random.nextBoolean();
    Resident<StreamValue> resident = stale ? stack.getStale(key) : stack.get(key);
    if (expected == null || (!expected.isLive() && !stale)) {
      assertThat(resident).as("%s: %s", when, key).isNull();
    } else if (!expected.evicted) {
      assertThat(resident).as("%s: %s", when, key).isNotNull();
    }
    if (resident != null && expected != null) {
      assertThat(resident.expiresAtMillis()).as(when).isEqualTo(expected.expiresAtMillis);
      assertThat(resident.value().metadata()).as(when).isEqualTo(expected.metadata);
      assertThat(resident.value().length()).as(when).isEqualTo(expected.body.length);
    }
    return resident;
  }

  private void readWhole(String key) throws IOException {
    boolean unused =
        attempt(
            () -> {
              Resident<StreamValue> resident = open(key);
              if (resident != null) {
                byte[] body = readToEnd(resident.value());
                assertThat(Arrays.equals(body, model.get(key).body)).as(when).isTrue();
              }
            },
            isEvicted(key));
  }

  private static byte[] readToEnd(StreamValue value) throws IOException {
    try (value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long unused = value.transferTo(Channels.newChannel(bytes));
      return bytes.toByteArray();
    }
  }

  private void readPart(String key) throws IOException {
    boolean unused =
        attempt(
            () -> {
              Resident<StreamValue> resident = open(key);
              if (resident != null) {
                try (StreamValue value = resident.value()) {
                  byte[] body = model.get(key).body;
                  Held part = new Held(value, value.channel(), body, new int[1]);
                  read(part, random.nextInt(body.length + 1));
                }
              }
            },
            isEvicted(key));
  }

  private void readRange(String key) throws IOException {
    boolean unused =
        attempt(
            () -> {
              Resident<StreamValue> resident = open(key);
              if (resident != null) {
                try (StreamValue value = resident.value()) {
                  readRange(value, model.get(key).body);
                  readRange(value, model.get(key).body);
                }
              }
            },
            isEvicted(key));
  }

  private void readRange(StreamValue value, byte[] body) throws IOException {
    int offset = random.nextInt(body.length + 2);
    ByteBuffer target = ByteBuffer.allocate(1 + random.nextInt(1000));
    int count = value.read(offset, target);
    if (offset >= body.length) {
      assertThat(count).as(when).isEqualTo(-1);
    } else {
      assertThat(count).as(when).isPositive();
      assertThat(Arrays.equals(target.array(), 0, count, body, offset, offset + count))
          .as(when)
          .isTrue();
    }
  }

  private void hold(String key) throws IOException {
    boolean unused =
        attempt(
            () -> {
              Resident<StreamValue> resident = open(key);
              if (resident != null) {
                StreamValue value = resident.value();
                held.add(new Held(value, value.channel(), model.get(key).body, new int[1]));
              }
            });
  }

  private void readOn() throws IOException {
    if (held.isEmpty()) {
      return;
    }
    Held handle = held.get(random.nextInt(held.size()));
    boolean ends = random.nextInt(3) == 0;
    int some = random.nextInt(handle.body().length + 1);
    boolean needsUpper = true; // what it reads may be replaced by now in the tiers below
    if (!attempt(() -> read(handle, ends ? Integer.MAX_VALUE : some), needsUpper) || ends) {
      handle.value().close();
      held.remove(handle);
    }
  }

  /** Reads so many bytes, or to the end, and compares. */
  private void read(Held handle, int count) throws IOException {
    byte[] body = handle.body();
    ByteBuffer part = ByteBuffer.allocate(1 + random.nextInt(100_000));
    int left = count;
    while (left > 0) {
      int read = handle.channel().read(part.clear().limit(Math.min(left, part.capacity())));
      int from = handle.position()[0];
      if (read < 0) {
        assertThat(from).as(when).isEqualTo(body.length);
        return;
      }
      assertThat(Arrays.equals(part.array(), 0, read, body, from, from + read)).as(when).isTrue();
      handle.position()[0] += read;
      left -= read;
    }
  }

  private void load(String key) throws IOException {
    byte[] body = newBody();
    Expected loaded = new Expected(body, newDeadline());
    boolean nothing = random.nextInt(4) == 0;
    boolean[] called = new boolean[1];
    Loader<String, StreamValue> loader =
        new Loader<>() {
          @Override
          public @Nullable Loaded<StreamValue> load(String asked) {
            called[0] = true;
            return nothing ? null : new Loaded<>(StreamValue.of(body), loaded.expiresAtMillis);
          }

          @Override
          public void stored(String asked, StreamValue value) {
            assertThat(value.length()).as(when).isEqualTo(body.length);
          }
        };
    Expected expected = model.get(key);
    BooleanSupplier deferring = () -> random.nextInt(3) == 0;
    executor.defer(() -> false); // whoever follows the write would wait for this very thread
    boolean done =
        attempt(
            () -> {
              Resident<StreamValue> resident = stack.getOrLoad(key, loader);
              byte[] read = resident == null ? null : readToEnd(resident.value());
              boolean fromLoader = called[0] && !Arrays.equals(read, bodyOf(expected));
              assertThat(Arrays.equals(read, fromLoader ? nothing ? null : body : bodyOf(expected)))
                  .as(when)
                  .isTrue();
            },
            isEvicted(key));
    executor.defer(deferring);
    if (called[0] && !nothing && done && !tiers.authorityFailed() && !isTooLarge(body)) {
      model.put(key, loaded);
    } else if (called[0] && !nothing) {
      adopt(key, loaded);
    }
  }

  private static byte @Nullable [] bodyOf(@Nullable Expected expected) {
    return expected == null ? null : expected.body;
  }

  // Writing what others follow

  private void openWriting(String key) throws IOException {
    boolean unused =
        attempt(
            () ->
                writings.add(
                    new Writing(
                        key, stack.openStage(key, Metadata.NONE, StreamValue.UNKNOWN_LENGTH))));
  }

  private @Nullable Writing anyWriting() {
    return writings.isEmpty() ? null : writings.get(random.nextInt(writings.size()));
  }

  private void writeOn() throws IOException {
    Writing writing = anyWriting();
    if (writing == null) {
      return;
    }
    byte[] more = newBody();
    try {
      if (attempt(() -> writing.writer.write(ByteBuffer.wrap(more)))) {
        writing.written.writeBytes(more);
        return;
      }
    } catch (AssertionError e) {
      boolean tooLarge = isTooLarge(new byte[writing.written.size() + more.length]);
      if (!(e.getCause() instanceof EntryTooLargeException) || !tooLarge) {
        throw e;
      }
    }
    writings.remove(writing);
    assertFollowersFail(writing);
  }

  private void endWriting() throws IOException {
    Writing writing = anyWriting();
    if (writing == null) {
      return;
    }
    writings.remove(writing);
    if (random.nextInt(3) == 0) {
      writing.writer.abort();
      assertFollowersFail(writing);
      return;
    }
    Expected written = new Expected(writing.written.toByteArray(), newDeadline());
    StreamValue[] staged = new StreamValue[1];
    boolean done =
        attempt(
            () -> {
              staged[0] = writing.writer.finish();
              stack.put(writing.key, staged[0], written.expiresAtMillis);
            });
    boolean purged = staged[0] != null && stack.wasPurged(staged[0]);
    if (!writing.perhapsPurged) {
      assertThat(purged).as(when).isEqualTo(writing.purged);
    }
    if (staged[0] != null) {
      stack.discard(staged[0]);
    }
    if (!done) {
      adopt(writing.key, written);
    } else if (!purged) {
      model.put(writing.key, written);
    }
    if (done && !purged) {
      for (StreamValue follower : writing.followers) {
        assertThat(attempt(() -> assertReads(follower, written.body)) || tiers.authorityFailed())
            .as(when)
            .isTrue();
        follower.close();
      }
    } else if (purged) {
      assertFollowersFail(writing);
    } else {
      writing.followers.forEach(StreamValue::close); // nobody knows what was committed
    }
  }

  private void assertReads(StreamValue follower, byte[] body) throws IOException {
    assertThat(Arrays.equals(readToEnd(follower), body)).as(when).isTrue();
  }

  private void assertFollowersFail(Writing writing) {
    for (StreamValue follower : writing.followers) {
      try (follower) {
        byte[] read = readToEnd(follower);
        throw new AssertionError(when + ": a clean end after " + read.length + " bytes");
      } catch (IOException expected) {
        // as it should be
      }
    }
  }

  private void join(String key) throws IOException {
    StreamValue[] joined = new StreamValue[1];
    boolean unused = attempt(() -> joined[0] = stack.join(key));
    StreamValue following = joined[0];
    if (following == null) {
      return;
    }
    assertThat(settings.joinWrites()).as(when).isTrue();
    Writing followed = followed(key);
    if (followed == null) {
      following
          .close(); // it may be that of a body staged by somebody else, and just as well blocks
      return;
    }
    followed.followers.add(following);
    byte[] written = followed.written.toByteArray();
    if (written.length > 0) {
      ByteBuffer target = ByteBuffer.allocate(written.length);
      if (attempt(() -> assertThat(following.read(0, target)).isPositive())) {
        assertThat(
                Arrays.equals(target.array(), 0, target.position(), written, 0, target.position()))
            .as(when)
            .isTrue();
      }
    }
  }

  /** The write that a reader follows, if that is certain. */
  private @Nullable Writing followed(String key) {
    for (Staged staged : stagedLater) {
      if (staged.key().equals(key)) {
        return null;
      }
    }
    Writing latest = null;
    for (Writing writing : writings) {
      if (writing.key.equals(key) && writing.perhapsPurged) {
        return null;
      }
      latest = writing.key.equals(key) && !writing.purged ? writing : latest;
    }
    return latest;
  }

  // The end

  private void end() throws IOException {
    for (Held handle : held) {
      handle.value().close();
    }
    for (Writing writing : writings) {
      writing.writer.abort();
      assertFollowersFail(writing);
    }
    for (Staged staged : stagedLater) {
      stack.discard(staged.value());
    }
    executor.runAll();
    tiers.planFault();
    tiers.heal();
    checkTiers();
    for (Iterator<Map.Entry<String, Resident<StreamValue>>> all = stack.iterator();
        all.hasNext(); ) {
      Map.Entry<String, Resident<StreamValue>> entry = all.next();
      assertThat(model.get(entry.getKey()).body.length)
          .isEqualTo(entry.getValue().value().length());
    }
    executor.runAll();
    assertThat(stack.isIdle()).as(when + ": somebody is at work").isTrue();
    tiers.assertNothingOpen(when);
    stack.close();
  }
}
