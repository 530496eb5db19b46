/**
 * Entries and a large object in four tiers, some of which are taken away and come back. {@link
 * io.terrace.examples.fourtiers.Application} is what uses the caches, in plain JCache; {@link
 * io.terrace.examples.fourtiers.FourTiers} is the walk, and {@link
 * io.terrace.examples.fourtiers.Surroundings} are the servers and the directory.
 */
@NullMarked
package io.terrace.examples.fourtiers;

import org.jspecify.annotations.NullMarked;
