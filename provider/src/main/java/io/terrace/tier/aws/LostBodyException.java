package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** There is no such object, or it is not what was written: no use in asking again. */
final class LostBodyException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final PurgeReason reason;

  LostBodyException(String message, PurgeReason reason, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why the entry has to go: EVICTION if the object is not there, else CORRUPTION. */
  PurgeReason reason() {
    return reason;
  }
}
