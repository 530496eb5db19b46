/** Every rule that concerns more than one tier: reading, writing, promotion, purge, expiry. */
@NullMarked
package io.terrace.stack;

import org.jspecify.annotations.NullMarked;
