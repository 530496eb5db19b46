package io.terrace.examples.twonodes;

import java.io.Serial;
import java.io.Serializable;
import java.time.Instant;

/**
 * The value of the one entry.
 *
 * @param number counts up
 * @param written when its write began, on the clock of this machine
 */
record Update(long number, Instant written) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;
}
