package io.terrace.stack;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What may be stored in a shared tier above the authority: of each key one version at most, the one
 * that was written or read last. Thread safe; never blocks.
 */
final class CopyPermits {

  /** How many are kept; one that is forgotten costs a copy. */
  private static final int MOST_PERMITS = 100_000;

  /**
   * What may be stored.
   *
   * @param condition under which; an announcement has to be settled if nothing is
   */
  record Permit(long version, Condition condition) {
    boolean isAnnounced() {
      return condition.kind() == Condition.Kind.ANNOUNCED;
    }
  }

  private final Cache<EntryKey, Permit> permits;

  /**
   * @param life after which a permit is void in the tier, too
   */
  CopyPermits(Duration life) {
    permits =
        Caffeine.newBuilder()
            .maximumSize(MOST_PERMITS)
            .expireAfterWrite(life.toMillis(), TimeUnit.MILLISECONDS)
            .executor(Runnable::run)
            .build();
  }

  void grant(EntryKey key, long version, Condition condition) {
    permits.put(key, new Permit(version, condition));
  }

  /** The permit of a version, for one use. */
  @Nullable Permit take(EntryKey key, long version) {
    Permit permit = permits.getIfPresent(key);
    return permit != null && permit.version() == version && permits.asMap().remove(key, permit)
        ? permit
        : null;
  }

  /** The permit of whatever version, which is over. */
  @Nullable Permit revoke(EntryKey key) {
    return permits.asMap().remove(key);
  }

  void revokeAll() {
    permits.invalidateAll();
  }
}
