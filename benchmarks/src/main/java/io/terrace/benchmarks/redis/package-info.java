/** Reads and writes through a real Redis, and how soon other processes hear of a write. */
@NullMarked
package io.terrace.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
