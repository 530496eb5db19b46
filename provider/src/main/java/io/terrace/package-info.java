/**
 * What a user's code names: configuration, metadata, exceptions and the view behind {@code unwrap}.
 */
@NullMarked
package io.terrace;

import org.jspecify.annotations.NullMarked;
