package io.terrace.tier.aws;

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
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Whatever somebody puts into the table by hand is not served as the value of a key, and fails
 * nothing but with an {@link IOException}.
 */
class I11AwsFuzzTest {
  private static final int ROUNDS = 4;
  private static final int STEPS = 250;
  private static final int KEYS = 6;
  private static final List<String> ATTRIBUTES =
      List.of("q", "v", "u", "h", "b", "s", "e", "x", "d", "c", "n", "t", "f", "g");

  /** Held here lest it be collected with its level. */
  private static final Logger LOGGER = Logger.getLogger("io.terrace.tier.aws");

  @BeforeAll
  static void beQuiet() {
    LOGGER.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    LOGGER.setLevel(null);
  }

  @Test
  void i11_nothingThatStandsInTheTableIsBelieved() throws IOException {
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
    private final AtomicLong nanos = new AtomicLong();
    private final AwsSetup setup = AwsSetup.here().partitions(2).nanoClock(nanos::get);
    private int hits;

    Round(long seed) {
      random = new Random(seed);
    }

    void run() throws IOException {
      try (AwsTier tier = setup.open();
          RawItems items = new RawItems(setup)) {
        put(tier, key(1), body(key(1)));
        for (int step = 0; step < STEPS; step++) {
          tamper(items);
          operate(tier, key(random.nextInt(KEYS)));
          nanos.addAndGet(Control.FRESH_NANOS / 4);
        }
        assertThat(hits).as("entries that were found").isPositive();
        for (int n = 0; n < KEYS; n++) {
          put(tier, key(n), body(key(n)));
          assertThat(check(key(n), tier.lookup(key(n)))).as("key %d is of use again", n).isTrue();
        }
        notices(tier, 0);
      }
    }

    /** The body that all entries of a key have. */
    private byte[] body(EntryKey key) {
      int number = key.bytes()[key.bytes().length - 1];
      return bytes(number, number % 3 == 0 ? 100_000 + number : number);
    }

    private void tamper(RawItems items) {
      List<Map<String, AttributeValue>> all = items.entries();
      boolean control = random.nextInt(20) == 0;
      if (control) {
        all = items.control();
      }
      if (all.isEmpty()) {
        return;
      }
      Map<String, AttributeValue> item = new HashMap<>(all.get(random.nextInt(all.size())));
      switch (random.nextInt(6)) {
        case 0 -> items.delete(item);
        case 1 -> {
          Map<String, AttributeValue> other = all.get(random.nextInt(all.size()));
          String moved = random.nextBoolean() ? null : attribute();
          for (String name : ATTRIBUTES) {
            if (other.containsKey(name) && (moved == null || moved.equals(name))) {
              item.put(name, other.get(name));
            }
          }
          items.put(item);
        }
        case 2 -> {
          item.remove(attribute());
          items.put(item);
        }
        default -> {
          String name = attribute();
          item.put(name, changed(item.get(name)));
          items.put(item);
        }
      }
    }

    private String attribute() {
      return ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size()));
    }

    private AttributeValue changed(AttributeValue old) {
      if (old != null && old.b() != null && random.nextInt(4) > 0) {
        return Attributes.bytes(changed(old.b().asByteArray()));
      }
      if (old != null && old.n() != null && random.nextInt(4) > 0) {
        BigInteger number = new BigInteger(old.n());
        return AttributeValue.fromN(number.flipBit(random.nextInt(70)).toString());
      }
      return switch (random.nextInt(7)) {
        case 0 -> AttributeValue.fromS("text " + random.nextInt());
        case 1 -> AttributeValue.fromN("-1.5e30");
        case 2 -> AttributeValue.fromBool(true);
        case 3 -> AttributeValue.fromL(List.of(AttributeValue.fromN("7")));
        case 4 -> AttributeValue.fromSs(List.of("a", "b"));
        case 5 -> AttributeValue.fromB(SdkBytes.fromByteArray(new byte[random.nextInt(200)]));
        default -> AttributeValue.fromN(Long.toString(random.nextLong()));
      };
    }

    private byte[] changed(byte[] value) {
      if (value.length == 0 || random.nextInt(5) == 0) {
        return Arrays.copyOf(value, random.nextInt(value.length + 40));
      }
      byte[] changed = value.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      return changed;
    }

    private void operate(AwsTier tier, EntryKey key) {
      try {
        switch (random.nextInt(14)) {
          case 0, 1, 2 -> put(tier, tagged(key), body(key), Condition.ALWAYS);
          case 3 -> put(tier, tagged(key), body(key), Condition.ABSENT);
          case 4 -> check(key, tier.lookupHeader(key));
          case 5 -> tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
          case 6 -> update(tier, key);
          case 7 -> scan(tier);
          case 8 -> purgeOrClear(tier);
          case 9 -> many(tier);
          case 10 -> lease(tier, key);
          case 11 -> notices(tier, random.nextInt(3));
          default -> check(key, tier.lookup(key));
        }
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotNull().doesNotContain("Validation");
      }
    }

    private EntryHeader tagged(EntryKey key) {
      Set<String> tags = random.nextBoolean() ? Set.of() : Set.of("t" + random.nextInt(2));
      return header(key, EntryHeader.NEVER, new Metadata("a/" + key.digest(), tags, Map.of()));
    }

    /** Whether there was an entry; if so, it is the key's. */
    private boolean check(EntryKey key, Lookup lookup) {
      if (lookup instanceof Lookup.Skipped skipped) {
        assertThat(skipped.detail()).doesNotContain("Validation");
      }
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
        assertThat(read.readRemaining(300_000)).isEqualTo(ByteBuffer.wrap(body(key)));
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotNull();
      }
      return true;
    }

    private void update(AwsTier tier, EntryKey key) throws IOException {
      if (tier.lookupHeader(key) instanceof Lookup.Hit hit) {
        long version = hit.header().version();
        if (random.nextBoolean()) {
          tier.updateHeader(key, version, HeaderUpdate.expireAt(5_000_000_000_000L));
        } else {
          tier.updateHeader(key, version, new HeaderUpdate(null, tagged(key).metadata(), null));
        }
      }
    }

    private void lease(AwsTier tier, EntryKey key) throws IOException {
      LeaseAnswer answer = tier.lookupOrLease(key, Duration.ofMinutes(1));
      if (answer instanceof LeaseAnswer.Found found) {
        check(key, found.hit());
      } else if (answer instanceof LeaseAnswer.Granted granted) {
        put(tier, tagged(key), body(key), Condition.leased(granted.lease()));
      }
    }

    private void notices(AwsTier tier, long process) throws IOException {
      tier.post(process);
      Map<Long, Long> notices = tier.notices();
      assertThat(notices)
          .containsKey(process)
          .allSatisfy((each, number) -> assertThat(each).isBetween(0L, 2L));
      if (random.nextBoolean()) {
        assertThat(tier.withdraw(process, notices.get(process))).isTrue();
      }
    }

    private void scan(AwsTier tier) throws IOException {
      try (HeaderCursor cursor = tier.scan()) {
        for (EntryHeader header = cursor.next(); header != null; header = cursor.next()) {
          assertThat(header.bodyLength()).isEqualTo(body(header.key()).length);
        }
      }
    }

    private void purgeOrClear(AwsTier tier) throws IOException {
      if (random.nextInt(4) == 0) {
        tier.clear();
      } else {
        PurgeMode mode = random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
        tier.purgeTag("t" + random.nextInt(2), mode, EntryHeader.UNASSIGNED);
      }
    }

    private void many(AwsTier tier) {
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
