package io.terrace.tier;

/**
 * What a tier holds and has lost, at one moment. Counters run from the opening of the tier.
 *
 * @param entries live entries; 0 where it does not know
 * @param bytes what they take in the tier's medium, dead bytes included; 0 where it does not know
 * @param evictions entries purged for room
 * @param corruptions entries purged for damage
 */
public record TierUsage(long entries, long bytes, long evictions, long corruptions) {}
