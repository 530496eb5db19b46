/** Whole processes: from the start of a JVM to the first value read from a cache. */
@NullMarked
package io.terrace.benchmarks.coldstart;

import org.jspecify.annotations.NullMarked;
