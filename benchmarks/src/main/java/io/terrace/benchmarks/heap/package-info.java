/** Operations of caches that live on the heap alone. */
@NullMarked
package io.terrace.benchmarks.heap;

import org.jspecify.annotations.NullMarked;
