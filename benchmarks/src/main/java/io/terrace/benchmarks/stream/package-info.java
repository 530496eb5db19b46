/** Values as streams: throughput through each tier, time to the first byte, memory under load. */
@NullMarked
package io.terrace.benchmarks.stream;

import org.jspecify.annotations.NullMarked;
