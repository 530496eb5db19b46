package io.terrace.tier;

import io.terrace.TierSettings;
import java.io.IOException;

/** Opens tiers of one kind; found by {@link java.util.ServiceLoader}. Stateless, thread safe. */
public interface TierFactory {

  /** The kind of tier, as the configuration names it: {@code disk}. */
  String tier();

  /**
   * Opens a byte tier for one cache.
   *
   * @throws IOException if the medium cannot be used; the message says what to change
   * @throws javax.cache.CacheException if a library it needs is missing; names its coordinates
   */
  Tier open(TierSettings settings, TierContext context) throws IOException;
}
