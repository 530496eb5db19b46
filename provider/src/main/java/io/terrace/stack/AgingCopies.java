package io.terrace.stack;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The copies of a local tier below which nobody tells of changes: each is compared with the shared
 * tier before it is served, but for those that were not long ago. Without an answer a copy is
 * served until its last comparison is a lease ago, or, by choice, until its deadline. A copy whose
 * deadline passed is dropped: the shared tier may have a later one. Thread safe.
 */
final class AgingCopies implements CopyVerifier {

  /** How many comparisons are remembered; those that are used least give way. */
  private static final int REMEMBERED = 100_000;

  private record Compared(long version, long atMillis) {}

  private final CopyComparison comparison;
  private final InstantSource clock;
  private final long limitMillis;
  private final long leaseMillis;
  private final boolean servesStale;
  private final Cache<EntryKey, Compared> compared;

  /**
   * @param limit how long a copy is served after it was compared
   * @param lease how long it is served if there is no answer; without a bound if it serves stale
   */
  AgingCopies(
      CopyComparison comparison,
      Duration limit,
      Duration lease,
      boolean servesStale,
      InstantSource clock) {
    this.comparison = comparison;
    this.clock = clock;
    this.limitMillis = limit.toMillis();
    this.leaseMillis = lease.toMillis();
    this.servesStale = servesStale;
    this.compared =
        Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .expireAfterWrite(Math.max(limitMillis, leaseMillis), TimeUnit.MILLISECONDS)
            .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
            .executor(Runnable::run)
            .build();
  }

  @Override
  public boolean isTrusted(EntryKey key) {
    return false; // it depends on the copy
  }

  @Override
  public Lookup check(Lookup.Hit hit, boolean trusted) {
    EntryHeader header = hit.header();
    long now = clock.millis();
    boolean over = header.isExpiredAt(now);
    Compared last = last(header);
    if (!over && isWithin(limitMillis, last, now)) {
      return hit;
    }
    boolean served = false;
    try {
      Lookup answer = over ? comparison.drop(header) : comparison.compare(header);
      if (answer == null) {
        compared.put(header.key(), new Compared(header.version(), now));
        served = true;
        return hit;
      }
      served =
          !over
              && answer instanceof Lookup.Skipped
              && (servesStale || isWithin(leaseMillis, last, now));
      return served ? hit : answer;
    } finally {
      if (!served) {
        hit.body().close();
      }
    }
  }

  private @Nullable Compared last(EntryHeader header) {
    Compared last = compared.getIfPresent(header.key());
    return last != null && last.version() == header.version() ? last : null;
  }

  private static boolean isWithin(long millis, @Nullable Compared last, long now) {
    return last != null && now >= last.atMillis() && now - last.atMillis() < millis;
  }
}
