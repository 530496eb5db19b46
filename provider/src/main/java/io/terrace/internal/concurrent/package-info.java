/** What the tiers and the stack share for things that several threads use. */
@NullMarked
package io.terrace.internal.concurrent;

import org.jspecify.annotations.NullMarked;
