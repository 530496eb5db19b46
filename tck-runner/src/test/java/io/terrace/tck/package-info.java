/** What makes the TCK's runs count: on the right stack, complete, and without a failure. */
@NullMarked
package io.terrace.tck;

import org.jspecify.annotations.NullMarked;
