package io.terrace.tier.redis;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** There is no connection to a server, or it broke before the reply came. */
final class ConnectionLostException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final boolean mayBeDone;

  ConnectionLostException(String message, boolean mayBeDone, @Nullable Throwable cause) {
    super(message, cause);
    this.mayBeDone = mayBeDone;
  }

  /** Whether the command had been sent, so that it may have been carried out. */
  boolean mayBeDone() {
    return mayBeDone;
  }
}
