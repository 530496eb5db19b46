package io.terrace.tier;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a tier promises of purges by tag. */
public abstract class TierTagContract extends TierFollowContract {
  private static final int[] SIZES = {0, 100, 50_000, LONG_BODY_BYTES};

  protected static Metadata tagged(String... tags) {
    return new Metadata(null, new LinkedHashSet<>(List.of(tags)), Map.of());
  }

  protected static EntryHeader taggedHeader(EntryKey key, String... tags) {
    return header(key, EntryHeader.NEVER, tagged(tags));
  }

  private long putTagged(EntryKey key, byte[] body, String... tags) throws IOException {
    return committed(put(tier, taggedHeader(key, tags), body, Condition.ALWAYS));
  }

  @Test
  void aHardPurgeHidesWhatHasTheTag() throws IOException {
    for (int size : SIZES) {
      EntryKey red = key("red" + size);
      EntryKey blue = key("blue" + size);
      EntryKey both = key("both" + size);
      EntryKey none = key("none" + size);
      long version = putTagged(red, bytes(size, size), "red");
      putTagged(blue, bytes(size, size), "blue");
      putTagged(both, bytes(size, size), "blue", "red");
      long last = put(tier, none, bytes(size, size));
      assertThat(tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED)).isEqualTo(last);
      assertThat(scanKeys())
          .contains(blue.digest(), none.digest())
          .doesNotContain(red.digest(), both.digest());
      assertThat(tier.updateHeader(red, version, HeaderUpdate.expireAt(5))).isFalse();
      assertThat(tier.purge(red, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
      assertThat(get(tier, red)).isNull();
      assertThat(get(tier, both)).isNull();
      assertThat(get(tier, blue)).isEqualTo(bytes(size, size));
      assertThat(get(tier, none)).isEqualTo(bytes(size, size));
    }
  }

  @Test
  void whatIsWrittenLaterIsNotConcerned() throws IOException {
    for (PurgeMode mode : PurgeMode.values()) {
      for (int size : SIZES) {
        putTagged(key(size), bytes("old"), "red");
        tier.purgeTag("red", mode, EntryHeader.UNASSIGNED);
        putTagged(key(size), bytes(size, size), "red");
        assertThat(headerOf(tier, key(size)).freshness()).isEqualTo(Freshness.FRESH);
        assertThat(get(tier, key(size))).isEqualTo(bytes(size, size));
      }
    }
  }

  @Test
  void aSoftPurgeMakesStale() throws IOException {
    for (int size : SIZES) {
      long version = putTagged(key(size), bytes(size, size), "red");
      put(tier, key("other"), bytes("x"));
      tier.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
      assertThat(headerOf(tier, key(size)).freshness()).isEqualTo(Freshness.STALE);
      assertThat(headerOf(tier, key("other")).freshness()).isEqualTo(Freshness.FRESH);
      assertThat(get(tier, key(size))).isEqualTo(bytes(size, size));
      assertThat(tier.updateHeader(key(size), version, HeaderUpdate.expireAt(77))).isTrue();
      assertThat(headerOf(tier, key(size)).freshness()).isEqualTo(Freshness.STALE);
      assertThat(headerOf(tier, key(size)).expiresAtMillis()).isEqualTo(77);
      assertThat(scanKeys()).contains(key(size).digest());
      tier.purgeTag("red", PurgeMode.HARD, version);
      assertThat(get(tier, key(size))).isNull();
    }
  }

  @Test
  void aPurgeGoesThroughItsVersion() throws IOException {
    long first = putTagged(key(1), bytes("1"), "red");
    long second = putTagged(key(2), bytes("2"), "red");
    long third = putTagged(key(3), bytes("3"), "red");
    assertThat(tier.purgeTag("red", PurgeMode.SOFT, first)).isEqualTo(first);
    assertThat(tier.purgeTag("red", PurgeMode.HARD, second)).isEqualTo(second);
    assertThat(tier.purgeTag("red", PurgeMode.HARD, first)).as("an earlier one").isEqualTo(first);
    assertThat(get(tier, key(1))).isNull();
    assertThat(get(tier, key(2))).isNull();
    assertThat(get(tier, key(3))).isEqualTo(bytes("3"));
    assertThat(headerOf(tier, key(3)).version()).isEqualTo(third);
  }

  @Test
  void aPurgeOfAnEmptyTierChangesNothing() throws IOException {
    for (PurgeMode mode : PurgeMode.values()) {
      tier.purgeTag("red", mode, EntryHeader.UNASSIGNED);
      tier.purgeTag("", mode, EntryHeader.UNASSIGNED);
      tier.purgeTag("long".repeat(500_000), mode, EntryHeader.UNASSIGNED);
    }
    putTagged(key(1), bytes("1"), "red");
    tier.purgeTag("green", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    assertThat(get(tier, key(1))).isEqualTo(bytes("1"));
    assertThat(headerOf(tier, key(1)).freshness()).isEqualTo(Freshness.FRESH);
  }

  @Test
  void conditionsSeeAPurgedEntryAsAbsent() throws IOException {
    for (int size : new int[] {100, LONG_BODY_BYTES}) {
      EntryKey key = key(size);
      long version = putTagged(key, bytes(1, size), "red");
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      CommitResult absent = new CommitResult.Refused(EntryHeader.UNASSIGNED);
      assertThat(put(tier, key, bytes(2, size), Condition.PRESENT)).isEqualTo(absent);
      assertThat(put(tier, key, bytes(2, size), Condition.versionIs(version))).isEqualTo(absent);
      for (Condition condition : List.of(Condition.ALWAYS, Condition.versionIs(version))) {
        assertThat(tier.purge(key, PurgeReason.INVALIDATION, condition)).isFalse();
      }
      committed(put(tier, key, bytes(3, size), Condition.ABSENT));
      assertThat(get(tier, key)).isEqualTo(bytes(3, size));
    }
  }

  @Test
  void aLateCommitOfAnOlderVersionIsNotServedEither() throws IOException {
    for (int size : new int[] {100, LONG_BODY_BYTES}) {
      long version = put(tier, key("other"), bytes("x"));
      try (WriteHandle hard = tier.openWrite(taggedHeader(key(1), "red"), Condition.ALWAYS);
          WriteHandle soft = tier.openWrite(taggedHeader(key(2), "blue"), Condition.ALWAYS)) {
        hard.write(ByteBuffer.wrap(bytes(1, size)));
        soft.write(ByteBuffer.wrap(bytes(2, size)));
        tier.purgeTag("red", PurgeMode.HARD, version);
        tier.purgeTag("blue", PurgeMode.SOFT, version);
        hard.commitAs(version - 1);
        soft.commitAs(version - 1);
      }
      assertThat(get(tier, key(1))).isNull();
      assertThat(headerOf(tier, key(2)).freshness()).isEqualTo(Freshness.STALE);
      assertThat(get(tier, key(2))).isEqualTo(bytes(2, size));
      tier.purge(key(2), PurgeReason.INVALIDATION, Condition.ALWAYS);
    }
  }

  @Test
  void anEntryThatIsGivenAPurgedTagIsPurged() throws IOException {
    for (int size : SIZES) {
      long version = put(tier, key(size), bytes(size, size));
      tier.purgeTag("red", PurgeMode.HARD, version);
      HeaderUpdate red = new HeaderUpdate(null, tagged("red"), null);
      assertThat(tier.updateHeader(key(size), version, red)).isTrue();
      assertThat(get(tier, key(size))).isNull();
    }
  }

  @Test
  void anOpenHandleOutlivesAPurgeByTag() throws IOException {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      byte[] body = bytes(size, size);
      putTagged(key("k"), body, "red");
      try (ReadHandle read = hit(tier, key("k")).body()) {
        assertThat(read.read(ByteBuffer.allocate(10))).isEqualTo(10);
        tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
        assertThat(get(tier, key("k"))).isNull();
        assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 10, size));
      }
    }
  }

  @Test
  void aClearForgetsNothingThatMatters() throws IOException {
    putTagged(key(1), bytes("1"), "red");
    tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    tier.clear();
    putTagged(key(2), bytes("2"), "red");
    assertThat(get(tier, key(1))).isNull();
    assertThat(get(tier, key(2))).isEqualTo(bytes("2"));
    tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    assertThat(get(tier, key(2))).isNull();
  }

  @Test
  void whatIsSeenAfterAPurgeIsNewerThanIt() throws Exception {
    AtomicBoolean purging = new AtomicBoolean(true);
    AtomicLong purgedThrough = new AtomicLong();
    List<Callable<Integer>> tasks = new ArrayList<>();
    tasks.add(
        () -> {
          for (int i = 0; i < 300; i++) {
            purgedThrough.set(tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED));
          }
          purging.set(false);
          return 0;
        });
    for (int thread = 0; thread < 2; thread++) {
      int seed = thread;
      tasks.add(
          () -> {
            Random random = new Random(seed);
            while (purging.get()) {
              EntryKey key = key(random.nextInt(5));
              Condition condition = random.nextBoolean() ? Condition.ABSENT : Condition.ALWAYS;
              put(tier, taggedHeader(key, "red"), bytes("x"), condition);
            }
            return 0;
          });
    }
    tasks.add(
        () -> {
          Random random = new Random(9);
          while (purging.get()) {
            long through = purgedThrough.get();
            EntryHeader header = headerOf(tier, key(random.nextInt(5)));
            if (header != null) {
              assertThat(header.version()).isGreaterThan(through);
            }
          }
          return 0;
        });
    runAll(tasks);
  }

  @Test
  void anEntryStaysStaleWithoutTheTagUntilItIsWrittenAgain() throws IOException {
    EntryHeader red = taggedHeader(key("k"), "red");
    long version = committed(put(tier, red, bytes("a"), Condition.ALWAYS));
    tier.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    HeaderUpdate untagged = new HeaderUpdate(null, Metadata.NONE, null);
    assertThat(tier.updateHeader(key("k"), version, untagged)).isTrue();
    assertThat(headerOf(tier, key("k")).metadata()).isEqualTo(Metadata.NONE);
    assertThat(headerOf(tier, key("k")).freshness()).isEqualTo(Freshness.STALE);
    put(tier, key("k"), bytes("b"));
    assertThat(headerOf(tier, key("k")).freshness()).isEqualTo(Freshness.FRESH);
  }

  @Test
  void i3_aCopyOfAVersionThatAPurgeCoversIsAMissWheneverItComes() throws IOException {
    long through = tier.purgeTag("red", PurgeMode.HARD, put(tier, key("other"), bytes("x")) + 10);
    for (boolean openedBefore : new boolean[] {true, false}) {
      try (WriteHandle write = tier.openWrite(taggedHeader(key("k"), "red"), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes("late")));
        long covered = through;
        if (openedBefore) {
          covered = tier.purgeTag("red", PurgeMode.HARD, through + 10);
        }
        assertThat(write.commitAs(covered)).isNotNull(); // it may be refused as well
      }
      assertThat(get(tier, key("k"))).isNull();
      assertThat(tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.PRESENT)).isFalse();
    }
  }

  @Test
  void purgesAgreeWithAMap() throws IOException {
    for (int seed = 0; seed < 5; seed++) {
      new Model(seed).run();
    }
  }

  private record Held(byte[] body, Set<String> tags, boolean stale) {}

  private final class Model {
    private final Random random;
    private final int seed;
    private final Map<Integer, Held> entries = new HashMap<>();

    Model(int seed) {
      this.seed = seed;
      random = new Random(seed);
    }

    void run() throws IOException {
      tier.clear();
      for (int step = 0; step < 1500; step++) {
        change(step, random.nextInt(20));
      }
    }

    private void change(int step, int n) throws IOException {
      Held held = entries.get(n);
      switch (random.nextInt(9)) {
        case 0, 1, 2 -> {
          byte[] body = bytes(step, random.nextInt(40) == 0 ? 400_000 : random.nextInt(500));
          Set<String> tags = tags();
          EntryHeader header = taggedHeader(key(n), tags.toArray(new String[0]));
          Condition condition =
              List.of(Condition.ALWAYS, Condition.ABSENT, Condition.PRESENT).get(step % 3);
          boolean expected = condition.holds(held == null ? EntryHeader.UNASSIGNED : 1);
          assertThat(put(tier, header, body, condition) instanceof CommitResult.Committed)
              .as("seed %d, step %d", seed, step)
              .isEqualTo(expected);
          if (expected) {
            entries.put(n, new Held(body, tags, false));
          }
        }
        case 3 ->
            assertThat(tier.purge(key(n), PurgeReason.INVALIDATION, Condition.ALWAYS))
                .isEqualTo(entries.remove(n) != null);
        case 4 -> purgeTag();
        case 5 -> {
          EntryHeader header = headerOf(tier, key(n));
          if (header != null) {
            Long deadline = (long) step;
            assertThat(
                    tier.updateHeader(
                        key(n), header.version(), new HeaderUpdate(deadline, null, null)))
                .isTrue();
          }
        }
        default -> {
          EntryHeader header = headerOf(tier, key(n));
          assertThat(get(tier, key(n)))
              .as("seed %d, step %d", seed, step)
              .isEqualTo(held == null ? null : held.body);
          if (held != null) {
            assertThat(header.freshness())
                .as("seed %d, step %d", seed, step)
                .isEqualTo(held.stale ? Freshness.STALE : Freshness.FRESH);
          }
        }
      }
    }

    private Set<String> tags() {
      Set<String> tags = new LinkedHashSet<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        tags.add("tag-" + random.nextInt(5));
      }
      return tags;
    }

    private void purgeTag() throws IOException {
      String tag = "tag-" + random.nextInt(5);
      PurgeMode mode = random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
      tier.purgeTag(tag, mode, EntryHeader.UNASSIGNED);
      for (Map.Entry<Integer, Held> each : List.copyOf(entries.entrySet())) {
        Held held = each.getValue();
        if (held.tags.contains(tag) && mode == PurgeMode.HARD) {
          entries.remove(each.getKey());
        } else if (held.tags.contains(tag)) {
          entries.put(each.getKey(), new Held(held.body, held.tags, true));
        }
      }
    }
  }

  @Test
  void aClosedTierPurgesNothing() throws IOException {
    tier.close();
    assertThatIOException()
        .isThrownBy(() -> tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED));
  }
}
