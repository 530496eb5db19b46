package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeMode;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * One random stack, and the map that says what it should hold. After each operation every tier
 * holds the newest version of a key, under the same header as the authority, or nothing of it.
 */
final class ModelState {
  static final int KEYS = 3;
  private static final int TAGS = 2;
  private static final int[] SIZES = {
    0, 1, 99, 100, 101, 5_000, 65_535, 65_536, 65_537, 70_000, 70_001, 200_000, 299_999, 300_000
  };

  final Random random;
  final ModelTiers tiers;
  final StreamSettings settings;
  final PromotionPolicy policy;
  final SteppingExecutor executor = new SteppingExecutor();
  final StreamStack<String> stack;
  final Map<String, ModelEntry> model = new HashMap<>();
  String when = "";
  private final int deferredPercent;
  private final long[] now = {StreamFixture.START_MILLIS};
  private final Set<String> toldExpired = new HashSet<>();
  private int bodies;

  /** Counts writes and purges by tag. */
  private long order;

  /** When a tag was purged so, for the last time. */
  private final Map<PurgeMode, Map<String, Long>> tagPurges =
      Map.of(PurgeMode.HARD, new HashMap<>(), PurgeMode.SOFT, new HashMap<>());

  ModelState(long seed) {
    random = new Random(seed);
    tiers = new ModelTiers(random, () -> Instant.ofEpochMilli(now[0]));
    StreamSettings chosen =
        StreamSettings.DEFAULTS.withChunkBytes(64 << 10).withLaneTimeout(Duration.ofMillis(1));
    chosen = random.nextBoolean() ? chosen.joiningWrites() : chosen;
    settings = random.nextBoolean() ? chosen.fillingOnRange() : chosen;
    policy = randomPolicy();
    stack =
        new StreamStack<>(
            tiers.stacked(),
            tiers.keys(),
            settings,
            policy,
            () -> Instant.ofEpochMilli(now[0]),
            new Listener(random.nextBoolean()),
            executor,
            String.class,
            Sharing.NONE);
    deferredPercent = random.nextInt(3) * 40;
    deferLanes();
  }

  private PromotionPolicy randomPolicy() {
    PromotionPolicy chosen = PromotionPolicy.ALWAYS;
    for (int to = 0; to < tiers.count() - 1; to++) {
      for (int from = to + 1; from < tiers.count(); from++) {
        Promotion promotion =
            switch (random.nextInt(8)) {
              case 0, 1 -> Promotion.NEVER;
              case 2, 3, 4 -> Promotion.after(1 + random.nextInt(3));
              default -> Promotion.ON_COMPLETE;
            };
        chosen = chosen.with(tiers.name(from), tiers.name(to), promotion);
      }
    }
    return chosen;
  }

  private final class Listener implements StackListener<String, StreamValue> {
    private final boolean hearsTiers;

    Listener(boolean hearsTiers) {
      this.hearsTiers = hearsTiers;
    }

    @Override
    public void expired(String key, Resident<StreamValue> resident, BooleanSupplier removal) {
      if (removal.getAsBoolean()) {
        assertThat(toldExpired.add(key + resident.version())).as(when).isTrue();
      }
    }

    @Override
    public boolean hearsTiers() {
      return hearsTiers;
    }
  }

  /** What lanes do from here on is done now or later, as the seed says. */
  void deferLanes() {
    executor.defer(() -> random.nextInt(100) < deferredPercent);
  }

  /** What lanes do from here on is done at once. */
  void deferNothing() {
    executor.defer(() -> false);
  }

  long nowMillis() {
    return now[0];
  }

  void pass(int millis) {
    now[0] += millis;
  }

  String anyKey() {
    return "k" + random.nextInt(KEYS);
  }

  /** The next place in the order of writes and purges by tag. */
  long next() {
    return ++order;
  }

  // What may fail

  interface Operation {
    void run() throws IOException;
  }

  /** Runs what may fail if the authority does; returns whether it went well. */
  boolean attempt(Operation operation) throws IOException {
    return attempt(operation, false);
  }

  /**
   * As {@link #attempt(Operation)}.
   *
   * @param needsUpper whether it may fail if any tier does
   */
  boolean attempt(Operation operation, boolean needsUpper) throws IOException {
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
  void adopt(String key, @Nullable ModelEntry intended) {
    EntryHeader header = tiers.heldByAuthority(key);
    ModelEntry before = model.get(key);
    boolean absent = header == null || header.expiresAtMillis() <= now[0];
    if (intended != null && header != null && !absent && intended.isHeldAs(header)) {
      model.put(key, intended);
    } else if (intended == null && absent && before != null && !before.evicted) {
      model.remove(key);
    }
  }

  /** Whether only upper tiers have what the key holds. */
  boolean isEvicted(String key) {
    ModelEntry expected = model.get(key);
    return expected != null && expected.evicted;
  }

  /** The copies above of what the authority has no more are gone. */
  void forgetEvicted(Predicate<String> keys) {
    model.entrySet().removeIf(entry -> entry.getValue().evicted && keys.test(entry.getKey()));
  }

  // Purges by tag

  /** A tag was purged; entries that are given it later and are older are concerned as well. */
  void purgedTag(String tag, PurgeMode mode) {
    tagPurges.get(mode).put(tag, next());
    for (String key : Set.copyOf(model.keySet())) {
      ModelEntry entry = model.get(key);
      if (entry.metadata.tags().contains(tag) && !meetsTags(entry)) {
        model.remove(key);
      }
    }
  }

  /** What purges of its tags make of an entry: false if it is gone. */
  boolean meetsTags(ModelEntry entry) {
    for (String tag : entry.metadata.tags()) {
      if (entry.writtenAt < tagPurges.get(PurgeMode.HARD).getOrDefault(tag, 0L)) {
        return false;
      }
      entry.stale |= entry.writtenAt < tagPurges.get(PurgeMode.SOFT).getOrDefault(tag, 0L);
    }
    return true;
  }

  String anyTag() {
    return "t" + random.nextInt(TAGS);
  }

  Metadata newMetadata() {
    return switch (random.nextInt(4)) {
      case 0 -> new Metadata("text/plain", Set.of(anyTag()), Map.of("n", "" + bodies));
      case 1 -> new Metadata(null, Set.of("t0", "t1"), Map.of());
      default -> Metadata.NONE;
    };
  }

  // Bodies

  byte[] newBody() {
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

  static boolean isTooLarge(byte[] body) {
    return body.length > ModelTiers.AUTHORITY_BYTES;
  }

  long newDeadline() {
    return random.nextBoolean() ? EntryHeader.NEVER : now[0] + 1 + random.nextInt(9);
  }

  // Comparing

  /** Compares every tier with the map. */
  void checkTiers() {
    model.values().removeIf(expected -> expected.expiresAtMillis <= now[0]);
    for (int k = 0; k < KEYS; k++) {
      String key = "k" + k;
      ModelEntry expected = model.get(key);
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
      int tier, String key, @Nullable ModelEntry expected, @Nullable EntryHeader truth) {
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
}
