/** One JMH trial at a time, so that the peers of a row are measured next to one another. */
@NullMarked
package io.terrace.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
