package io.terrace.tier.redis;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A server answered with an error. */
final class RefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final String code;

  RefusedException(String message, String code, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The first word of the error, such as {@code OOM} or {@code WRONGTYPE}. */
  String code() {
    return code;
  }
}
