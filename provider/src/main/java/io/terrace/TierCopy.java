package io.terrace;

/**
 * What one tier holds of a key.
 *
 * @param info as that tier has it
 * @param sizeBytes of the body; -1 in a tier that keeps objects
 */
public record TierCopy(EntryInfo info, long sizeBytes) {}
