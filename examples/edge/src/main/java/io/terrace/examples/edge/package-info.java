/**
 * A caching HTTP proxy whose bodies stream through {@code Cache<String, StreamValue>} on heap and
 * disk. {@link io.terrace.examples.edge.Proxy} is how a request is answered, {@link
 * io.terrace.examples.edge.ResponseCache} where the cache is made, and {@link
 * io.terrace.examples.edge.Download} where it is filled.
 */
@NullMarked
package io.terrace.examples.edge;

import org.jspecify.annotations.NullMarked;
