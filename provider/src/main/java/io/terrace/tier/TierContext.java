package io.terrace.tier;

import java.time.InstantSource;

/**
 * Where a tier lives.
 *
 * @param managerUri the URI of the cache manager
 * @param cacheName the name of the cache
 * @param clock the time of day; the only clock a tier reads
 * @param listener hears which entries leave the tier on its own account
 */
public record TierContext(
    String managerUri, String cacheName, InstantSource clock, TierListener listener) {}
