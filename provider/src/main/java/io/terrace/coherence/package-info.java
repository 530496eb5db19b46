/** How the local copies of a cache follow what other processes change in a shared tier. */
@NullMarked
package io.terrace.coherence;

import org.jspecify.annotations.NullMarked;
