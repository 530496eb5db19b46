/**
 * Two processes that share a cache through Redis. {@link io.terrace.examples.twonodes.Node} is what
 * each of them does with it, in plain JCache; {@link io.terrace.examples.twonodes.TwoNodes} starts
 * them and takes Redis away.
 */
@NullMarked
package io.terrace.examples.twonodes;

import org.jspecify.annotations.NullMarked;
