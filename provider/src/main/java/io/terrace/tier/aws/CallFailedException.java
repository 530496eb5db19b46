package io.terrace.tier.aws;

import io.terrace.tier.SkipReason;
import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** DynamoDB did not do what it was asked for, as far as this process knows. */
final class CallFailedException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** How a call failed. */
  enum Kind {
    /** Not asked, since it failed too often lately. */
    BREAKER_OPEN,
    NO_TABLE,
    /** It was answered with an error, and nothing was done. */
    REFUSED,
    /** The last attempt did nothing, but an earlier one that had no answer may have been done. */
    UNSURE,
    /** No answer in time; it may have been done, or still be. */
    TIMED_OUT,
    /** No answer, or one that does not say what became of it. */
    FAILED
  }

  private final Kind kind;

  CallFailedException(String message, Kind kind, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  /** Whether DynamoDB is to blame: an error that it answers with is none of its own. */
  boolean isOutage() {
    return kind == Kind.TIMED_OUT || kind == Kind.FAILED;
  }

  /** Whether what failed so may have been done all the same, or still be. */
  static boolean mayBeDone(IOException failure) {
    return !(failure instanceof CallFailedException call)
        || call.kind == Kind.UNSURE
        || call.isOutage();
  }

  /** Why a lookup that failed so has no answer. */
  static SkipReason reason(IOException failure) {
    if (failure instanceof CallFailedException call) {
      if (call.kind == Kind.TIMED_OUT) {
        return SkipReason.TIMED_OUT;
      } else if (call.kind == Kind.BREAKER_OPEN) {
        return SkipReason.BREAKER_OPEN;
      }
    }
    return SkipReason.FAILED;
  }
}
