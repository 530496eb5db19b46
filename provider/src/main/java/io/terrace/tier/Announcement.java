package io.terrace.tier;

/**
 * What {@link CoherentTier#announce} began.
 *
 * @param number to settle it by, and to store under; 0 if there is nothing to settle
 * @param dropped whether there was an entry, which is gone now
 */
public record Announcement(long number, boolean dropped) {}
