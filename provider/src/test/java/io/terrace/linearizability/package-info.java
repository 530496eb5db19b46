/**
 * Checks that atomic operations are linearizable per key (I8) and that reads through local tiers
 * keep the coherence bound (I4): a checker, and processes whose histories it is given.
 */
@org.jspecify.annotations.NullMarked
package io.terrace.linearizability;
