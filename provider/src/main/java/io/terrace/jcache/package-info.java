/**
 * The surface of JSR-107 over a stack. Only {@link io.terrace.jcache.TerraceCachingProvider} and
 * what it hands out are meant for others; each concern of the standard has a class of its own.
 */
@NullMarked
package io.terrace.jcache;

import org.jspecify.annotations.NullMarked;
