/** Events: their order per key, and how they reach the listeners. Internal. */
@NullMarked
package io.terrace.jcache.event;

import org.jspecify.annotations.NullMarked;
