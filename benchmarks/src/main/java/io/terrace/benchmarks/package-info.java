/** Terrace beside other caches: the suites, and the one program that runs them. */
@NullMarked
package io.terrace.benchmarks;

import org.jspecify.annotations.NullMarked;
