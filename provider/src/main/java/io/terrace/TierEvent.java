package io.terrace;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened to an entry in one tier.
 *
 * @param key the key
 * @param tier the tier it happened in, by its name in the configuration
 * @param version of the copy it happened to
 * @param reason why bytes left; null for a promotion
 */
public record TierEvent<K>(K key, String tier, long version, @Nullable PurgeReason reason) {}
