package io.terrace.tier.redis;

import io.terrace.PurgeReason;
import io.terrace.RedisSettings;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.TierContext;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of an open redis tier share: the servers, the names, and what became of entries on
 * the tier's own account. Thread safe; calls block for the command time-out at most.
 */
final class RedisStore {
  /** No key of an entry lives longer, so that Redis can always evict some day. */
  static final Duration MAX_LIFE = Duration.ofDays(30);

  /** How long an entry outlives its deadline, so that somebody can still tell that it is over. */
  static final Duration GRACE = Duration.ofSeconds(60);

  /** No command is longer, whatever it carries. */
  static final int MAX_COMMAND_BYTES = (1 << 20) - 4096;

  private static final System.Logger LOGGER = System.getLogger(RedisStore.class.getName());

  private final Link link;
  private final Partitions partitions;
  private final TierContext context;
  private final long maxEntryBytes;
  private final int chunkBytes;
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();
  private final EvictionPolicyCheck evictionPolicy;
  private volatile boolean closed;

  RedisStore(Link link, Partitions partitions, TierContext context, RedisSettings settings) {
    this.link = link;
    this.partitions = partitions;
    this.context = context;
    evictionPolicy = new EvictionPolicyCheck(link);
    this.chunkBytes = settings.chunkBytes();
    this.maxEntryBytes = Math.min(settings.maxEntryBytes(), (long) chunkBytes * Chunks.MAX_COUNT);
  }

  Link link() {
    return link;
  }

  Partitions partitions() {
    return partitions;
  }

  int chunkBytes() {
    return chunkBytes;
  }

  long maxEntryBytes() {
    return maxEntryBytes;
  }

  long nowMillis() {
    return context.clock().millis();
  }

  long evictions() {
    return evictions.get();
  }

  long corruptions() {
    return corruptions.get();
  }

  @Nullable Object call(Request request) throws IOException {
    requireOpen();
    return link.call(request);
  }

  /** A reply, or an {@link IOException}, for each request. */
  List<@Nullable Object> callAll(List<Request> requests) throws IOException {
    requireOpen();
    return link.callAll(requests);
  }

  /** How long Redis is to keep an entry with this deadline in UTC milliseconds. */
  long ttlMillis(long expiresAtMillis) {
    long now = nowMillis();
    long life = expiresAtMillis <= now ? 0 : expiresAtMillis - now;
    long kept = life < 0 ? MAX_LIFE.toMillis() : Math.min(life, MAX_LIFE.toMillis());
    return kept + GRACE.toMillis();
  }

  /** Does one operation as a step of its own. */
  Operation.Outcome change(Operation operation) throws IOException {
    int partition = partitions.keys().partitionOf(operation.key());
    Object reply = call(partitions.change(partition, List.of(operation)));
    evictionPolicy.check();
    return partitions.outcomes(partition, 1, reply).get(0);
  }

  /**
   * Unlinks what stands in the place of an entry and cannot be one, and counts it if it should have
   * been. Does not fail: whoever reads it next will try again.
   *
   * @param damaged whether its bytes are wrong, rather than cleared or purged
   */
  void drop(EntryKey key, byte[] found, boolean damaged) {
    int partition = partitions.keys().partitionOf(key);
    byte[] name = partitions.keys().entry(partition, key);
    try {
      Object reply = call(partitions.drop(partition, name, found));
      if (damaged && Answers.number(reply) == 1) {
        left(key, EntryHeader.UNASSIGNED, PurgeReason.CORRUPTION);
      }
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING, "entry {0} stays in Redis for now: {1}", key.digest(), e.getMessage());
    }
  }

  /** Purges an entry of which a chunk is missing or damaged; does not fail. */
  void lost(EntryKey key, long version, PurgeReason reason) {
    try {
      Operation purge = Operation.purge(key, reason, Condition.versionIs(version));
      if (change(purge).status() == Operation.Status.DONE) {
        left(key, version, reason);
      }
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING, "entry {0} stays in Redis for now: {1}", key.digest(), e.getMessage());
    }
  }

  private void left(EntryKey key, long version, PurgeReason reason) {
    Level level = reason == PurgeReason.CORRUPTION ? Level.WARNING : Level.DEBUG;
    LOGGER.log(level, "entry {0} left Redis: {1}", key.digest(), reason);
    (reason == PurgeReason.EVICTION ? evictions : corruptions).incrementAndGet();
    context.listener().left(RedisTier.NAME, key, version, reason);
  }

  /** Counts what the stack purges for one of these reasons. */
  void purged(PurgeReason reason) {
    if (reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the redis tier is closed");
    }
  }

  void markClosed() {
    closed = true;
  }
}
