/** Reads and writes of byte arrays through a disk tier. */
@NullMarked
package io.terrace.benchmarks.disk;

import org.jspecify.annotations.NullMarked;
