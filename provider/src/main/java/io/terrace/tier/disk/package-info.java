/**
 * The disk tier: a log of region files with an index in memory. {@code docs/disk-format.md} is the
 * format, {@link io.terrace.tier.disk.IndexedLog} the heart, {@link io.terrace.tier.disk.DiskTier}
 * the surface.
 */
@NullMarked
package io.terrace.tier.disk;

import org.jspecify.annotations.NullMarked;
