package io.terrace.tier.redis;

import java.io.Serial;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** A server did not answer within the time-out. */
final class CallTimeoutException extends SocketTimeoutException {
  @Serial private static final long serialVersionUID = 1L;

  private final boolean mayBeDone;

  CallTimeoutException(String message, boolean mayBeDone, @Nullable Throwable cause) {
    super(message);
    this.mayBeDone = mayBeDone;
    initCause(cause);
  }

  /** Whether the command had been sent, so that it may have been carried out. */
  boolean mayBeDone() {
    return mayBeDone;
  }
}
