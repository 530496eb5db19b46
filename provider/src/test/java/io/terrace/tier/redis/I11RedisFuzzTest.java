package io.terrace.tier.redis;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever somebody puts into Redis by hand is not served as the value of a key, takes no memory
 * that is not there, and fails nothing but with an {@link IOException}.
 */
class I11RedisFuzzTest {
  private static final int ROUNDS = 6;
  private static final int STEPS = 250;
  private static final int KEYS = 6;
  private static final int CHUNK_BYTES = 64 << 10;

  /** Held here lest it be collected with its level. */
  private static final Logger LOGGER = Logger.getLogger(RedisStore.class.getName());

  @BeforeAll
  static void beQuiet() {
    LOGGER.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    LOGGER.setLevel(null);
  }

  @Test
  void i11_nothingThatStandsInRedisIsBelieved() throws IOException {
    long first = Long.getLong("terrace.seed", System.nanoTime());
    for (long seed = first; seed < first + ROUNDS; seed++) {
      try {
        new Round(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("repeat with -Dterrace.seed=" + seed, e);
      }
    }
  }

  private static final class Round {
    private final Random random;
    private final RedisSetup setup = RedisSetup.here().partitions(2).chunkBytes(CHUNK_BYTES);
    private final KeySpace keys = setup.keys();
    private int hits;

    Round(long seed) {
      random = new Random(seed);
    }

    void run() throws IOException {
      try (RedisTier tier = setup.open();
          Link link = Links.open(setup.settings())) {
        for (int step = 0; step < STEPS; step++) {
          tamper(link);
          operate(tier, key(random.nextInt(KEYS)));
        }
        assertThat(hits).as("entries that were found").isPositive();
        for (KeySpace.Named named : Leftovers.names(link, keys)) {
          link.call(Leftovers.command("UNLINK", named.name()));
        }
        for (int n = 0; n < KEYS; n++) {
          put(tier, key(n), body(key(n)));
          assertThat(check(key(n), tier.lookup(key(n)))).isTrue();
        }
      }
    }

    /** The body that all entries of a key have. */
    private byte[] body(EntryKey key) {
      int number = key.bytes()[key.bytes().length - 1];
      return bytes(number, number % 3 == 0 ? 200_000 + number : number);
    }

    private void tamper(Link link) throws IOException {
      List<KeySpace.Named> names = Leftovers.names(link, keys);
      byte[] name = target(names);
      switch (random.nextInt(8)) {
        case 0 -> set(link, name, randomBytes());
        case 1, 2, 3 -> set(link, name, changed(value(link, name)));
        case 4 -> {
          if (!names.isEmpty()) {
            byte[] other = names.get(random.nextInt(names.size())).name();
            set(link, name, value(link, other));
          }
        }
        case 5 -> {
          link.call(Leftovers.command("UNLINK", name));
          link.call(Leftovers.command("RPUSH", name, randomBytes()));
        }
        case 6 -> {
          int partition = random.nextInt(2);
          byte[] tag = Operation.ascii("t" + random.nextInt(2));
          try {
            link.call(Leftovers.command("HSET", keys.tags(partition), tag, randomBytes()));
            byte[] id = Operation.ascii("*");
            byte[] m = Operation.ascii("m");
            link.call(Leftovers.command("XADD", keys.log(partition), id, m, randomBytes()));
          } catch (IOException e) {
            // something of another type stands there
          }
        }
        default -> link.call(Leftovers.command("UNLINK", name));
      }
    }

    private byte[] target(List<KeySpace.Named> names) {
      int partition = random.nextInt(2);
      EntryKey key = key(random.nextInt(KEYS));
      int home = keys.partitionOf(key);
      return switch (random.nextInt(6)) {
        case 0 -> random.nextInt(4) == 0 ? keys.state(partition) : keys.entry(home, key);
        case 1 -> random.nextInt(4) == 0 ? keys.log(partition) : keys.entry(home, key);
        case 2 -> keys.lease(home, key);
        case 3 -> keys.entry(home, key);
        case 4 -> random.nextInt(4) == 0 ? keys.tags(partition) : keys.entry(1 - home, key);
        default ->
            names.isEmpty()
                ? keys.state(partition)
                : names.get(random.nextInt(names.size())).name();
      };
    }

    private byte[] randomBytes() {
      byte[] bytes = new byte[random.nextInt(3) == 0 ? 24 : random.nextInt(300)];
      random.nextBytes(bytes);
      if (bytes.length > 2 && random.nextBoolean()) {
        bytes[0] = HeaderCodec.FORMAT;
        bytes[1] &= 31;
      }
      return bytes;
    }

    private byte[] changed(byte[] value) {
      if (value.length == 0 || random.nextInt(5) == 0) {
        return Arrays.copyOf(value, random.nextInt(value.length + 40));
      }
      byte[] changed = value.clone();
      int within = random.nextBoolean() ? changed.length : Math.min(changed.length, 110);
      for (int n = random.nextInt(3); n >= 0; n--) {
        changed[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
      }
      return changed;
    }

    private byte[] value(Link link, byte[] name) {
      try {
        byte @Nullable [] value = Answers.bytes(link.call(Leftovers.command("GET", name)));
        return value == null ? new byte[0] : value;
      } catch (IOException e) {
        return new byte[0];
      }
    }

    private void set(Link link, byte[] name, byte[] value) throws IOException {
      link.call(
          Leftovers.command("SET", name, value, Operation.ascii("PX"), Operation.number(600_000)));
    }

    private void operate(RedisTier tier, EntryKey key) {
      try {
        switch (random.nextInt(16)) {
          case 0, 1, 2 -> put(tier, tagged(key), body(key), Condition.ALWAYS);
          case 3 -> check(key, tier.lookupHeader(key));
          case 4 -> tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
          case 5 -> update(tier, key);
          case 6 -> lease(tier, key);
          case 7 -> scan(tier);
          case 8 -> purgeOrClear(tier);
          case 9 -> feed(tier);
          case 10 -> many(tier);
          case 11 -> announce(tier, key);
          default -> check(key, tier.lookup(key));
        }
      } catch (IOException e) {
        // Redis or the tier refused something, but no script came to grief.
        assertThat(e.getMessage()).isNotNull().doesNotContain("user_script");
      }
    }

    private EntryHeader tagged(EntryKey key) {
      Set<String> tags = random.nextBoolean() ? Set.of() : Set.of("t" + random.nextInt(2));
      return header(key, EntryHeader.NEVER, new Metadata("a/" + key.digest(), tags, Map.of()));
    }

    /** Whether there was an entry; if so, it is the key's. */
    private boolean check(EntryKey key, Lookup lookup) {
      if (!(lookup instanceof Lookup.Hit hit)) {
        return false;
      }
      hits++;
      assertThat(hit.header().key()).isEqualTo(key);
      assertThat(hit.header().bodyLength()).isEqualTo(body(key).length);
      if (hit.header().metadata().contentType() != null) {
        assertThat(hit.header().metadata().contentType()).isEqualTo("a/" + key.digest());
      }
      try (ReadHandle read = hit.body()) {
        ByteBuffer all = read.readRemaining(300_000);
        assertThat(all).isEqualTo(ByteBuffer.wrap(body(key)));
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotNull();
      }
      return true;
    }

    private void update(RedisTier tier, EntryKey key) throws IOException {
      if (tier.lookupHeader(key) instanceof Lookup.Hit hit) {
        long version = hit.header().version();
        if (random.nextBoolean()) {
          tier.updateHeader(key, version, HeaderUpdate.expireAt(5_000_000_000_000L));
        } else {
          tier.updateHeader(key, version, new HeaderUpdate(null, tagged(key).metadata(), null));
        }
      }
    }

    private void lease(RedisTier tier, EntryKey key) throws IOException {
      LeaseAnswer answer = tier.lookupOrLease(key, Duration.ofMinutes(1));
      if (answer instanceof LeaseAnswer.Found found) {
        check(key, found.hit());
      } else if (answer instanceof LeaseAnswer.Granted granted) {
        put(tier, tagged(key), body(key), Condition.leased(granted.lease()));
      }
    }

    private void scan(RedisTier tier) throws IOException {
      try (HeaderCursor cursor = tier.scan()) {
        for (EntryHeader header = cursor.next(); header != null; header = cursor.next()) {
          assertThat(header.bodyLength()).isEqualTo(body(header.key()).length);
        }
      }
    }

    private void announce(RedisTier tier, EntryKey key) throws IOException {
      long number = tier.announce(key, Duration.ofMillis(random.nextInt(20))).number();
      if (random.nextBoolean()) {
        put(tier, tagged(key), body(key), Condition.announced(number));
      }
      if (random.nextInt(4) > 0) {
        tier.settle(key, number);
      }
    }

    private void purgeOrClear(RedisTier tier) throws IOException {
      if (random.nextInt(4) == 0) {
        tier.clearAfterLoss();
        tier.clear();
      } else {
        PurgeMode mode = random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
        tier.purgeTag("t" + random.nextInt(2), mode, EntryHeader.UNASSIGNED);
      }
    }

    private void feed(RedisTier tier) throws IOException {
      long[] sequences = tier.changes().sequences();
      int partition = random.nextInt(2);
      tier.changes().since(partition, random.nextBoolean() ? 0 : sequences[partition]);
    }

    private void many(RedisTier tier) {
      List<EntryKey> all = new ArrayList<>();
      List<WholeWrite> writes = new ArrayList<>();
      for (int n = 0; n < KEYS; n++) {
        all.add(key(n));
        writes.add(new WholeWrite(tagged(key(n)), ByteBuffer.wrap(body(key(n))), Condition.ABSENT));
      }
      assertThat(tier.writeAll(writes)).hasSize(KEYS);
      List<Lookup> lookups = tier.lookupAll(all);
      for (int n = 0; n < KEYS; n++) {
        check(key(n), lookups.get(n));
      }
    }
  }
}
