/** What telling the eviction policy of fewer hits costs in hits. */
@NullMarked
package io.terrace.benchmarks.hitratio;

import org.jspecify.annotations.NullMarked;
