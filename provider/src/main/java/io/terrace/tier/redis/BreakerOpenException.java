package io.terrace.tier.redis;

import java.io.IOException;
import java.io.Serial;

/** A server was not asked, since it failed too often lately; nothing was done. */
final class BreakerOpenException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  BreakerOpenException(String message) {
    super(message);
  }
}
