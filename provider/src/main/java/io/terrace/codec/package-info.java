/** Keys and values to bytes and back, and copies of values. */
@NullMarked
package io.terrace.codec;

import org.jspecify.annotations.NullMarked;
