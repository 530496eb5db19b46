/** A disk tier with a million entries: what its index weighs and how long it takes to reopen. */
@NullMarked
package io.terrace.benchmarks.large;

import org.jspecify.annotations.NullMarked;
