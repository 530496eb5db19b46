package io.terrace.tier.aws;

import io.terrace.AwsSettings;
import io.terrace.PurgeReason;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.TierContext;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * What the parts of an open aws tier share: the table, the bodies, what is hidden, and what became
 * of entries on the tier's own account. Thread safe; calls block for DynamoDB's time-outs at most.
 */
final class AwsStore {
  private static final System.Logger LOGGER = System.getLogger(AwsStore.class.getName());

  /**
   * How long an item outlives its entry: that somebody can still tell that the entry is over, and
   * that the clocks of processes may differ.
   */
  private static final Duration TTL_GRACE = Duration.ofMinutes(1);

  /** How long a removal is remembered: nothing that was under way before it comes later. */
  private static final Duration REMOVAL_LIFE = Duration.ofHours(1);

  private static final int MILLIS_PER_SECOND = 1000;

  private final AwsSettings settings;
  private final TierContext context;
  private final Table table;
  private final ItemKeys keys;
  private final VersionClock versions;
  private final ItemReader items;
  private final Epochs epochs = new Epochs();
  private final Leases leases;
  private final Control control;
  private final Notices notices;
  private final @Nullable Bodies bodies;
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();
  private volatile boolean closed;

  /**
   * @param bodies null if there is no bucket
   * @param nanoClock as {@link System#nanoTime}
   */
  AwsStore(
      DynamoDbClient client,
      @Nullable Bodies bodies,
      ItemKeys keys,
      AwsSettings settings,
      TierContext context,
      LongSupplier nanoClock) {
    this.settings = settings;
    this.context = context;
    this.keys = keys;
    this.bodies = bodies;
    Calls calls = new Calls(new TableFailures(settings.table()));
    table = new Table(client, settings.table(), calls);
    versions = new VersionClock(context.clock());
    leases = new Leases(nanoClock);
    items = new ItemReader(versions, new BodyNames(settings.prefix(), keys.folder()));
    TableSetup setup = new TableSetup(client, settings.table(), calls);
    TableMaker maker =
        absent -> {
          if (!settings.create()) {
            throw absent;
          }
          setup.create();
        };
    control =
        new Control(table, maker, keys, epochs, versions, corruptions::incrementAndGet, nanoClock);
    notices = new Notices(table, maker, keys, corruptions::incrementAndGet, context.clock());
  }

  Table table() {
    return table;
  }

  ItemKeys keys() {
    return keys;
  }

  VersionClock versions() {
    return versions;
  }

  ItemReader items() {
    return items;
  }

  Epochs epochs() {
    return epochs;
  }

  Leases leases() {
    return leases;
  }

  Control control() {
    return control;
  }

  /**
   * @throws IOException if the tier is closed
   */
  Notices notices() throws IOException {
    requireOpen();
    return notices;
  }

  @Nullable Bodies bodies() {
    return bodies;
  }

  int inlineBytes() {
    return settings.inlineLimitBytes();
  }

  /** Without a bucket, what goes into an item. */
  long maxEntryBytes() {
    return bodies == null
        ? Math.min(settings.maxEntryBytes(), settings.inlineLimitBytes())
        : Math.min(settings.maxEntryBytes(), BodyChunks.MAX_BODY_BYTES);
  }

  long evictions() {
    return evictions.get();
  }

  long corruptions() {
    return corruptions.get();
  }

  /** A number for one write, which no other one has. */
  static long newStamp() {
    return ThreadLocalRandom.current().nextLong();
  }

  /**
   * Sees to it that what is known of clears and purges by tag is not too old to serve by.
   *
   * @throws IOException if it is, or the tier is closed
   */
  void makeReady() throws IOException {
    requireOpen();
    control.refresh();
  }

  /** What stands in the place of an entry. */
  Item read(EntryKey key) throws IOException {
    return items.read(key, table.get(keys.entry(key), List.of()));
  }

  /** What stands in the place of an entry, but for an inline body. */
  Item head(EntryKey key) throws IOException {
    return items.read(key, table.get(keys.entry(key), Attributes.HEAD));
  }

  /** When DynamoDB may delete an entry with this deadline, which is not that of an eternal one. */
  long ttlSeconds(long expiresAtMillis) {
    long now = context.clock().millis();
    return Math.max(now, expiresAtMillis) / MILLIS_PER_SECOND + 1 + TTL_GRACE.toSeconds();
  }

  /** When DynamoDB may forget a removal that is made now. */
  long removalTtlSeconds() {
    return context.clock().millis() / MILLIS_PER_SECOND + REMOVAL_LIFE.toSeconds();
  }

  /** The header of an item that is an entry of the key; null if it is none or hidden. */
  @Nullable EntryHeader seen(EntryKey key, Item item) {
    EntryHeader header = item.header();
    return header == null || !item.isEntryOf(key) ? null : epochs.seen(header);
  }

  /** The version of an item as conditions on the key see it. */
  long seenVersion(EntryKey key, Item item) {
    return seen(key, item) == null ? EntryHeader.UNASSIGNED : item.version();
  }

  /** Deletes a body that no entry has any more, once those who read it have had time to. */
  void dropBody(@Nullable String object) {
    if (object != null && bodies != null) {
      bodies.deleteLater(object);
    }
  }

  /** Counts what the stack purges for one of these reasons. */
  void purged(PurgeReason reason) {
    if (reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
  }

  /** Counts and tells what the tier purged on its own account. */
  void left(EntryKey key, long version, PurgeReason reason) {
    Level level = reason == PurgeReason.CORRUPTION ? Level.WARNING : Level.DEBUG;
    LOGGER.log(level, "entry {0} left the aws tier: {1}", key.digest(), reason);
    purged(reason);
    context.listener().left(AwsTier.NAME, key, version, reason);
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the aws tier is closed");
    }
  }

  void markClosed() {
    closed = true;
  }
}
