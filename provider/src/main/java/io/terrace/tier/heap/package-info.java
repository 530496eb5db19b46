/** The tier on the Java heap: decoded objects in a Caffeine cache. */
@NullMarked
package io.terrace.tier.heap;

import org.jspecify.annotations.NullMarked;
