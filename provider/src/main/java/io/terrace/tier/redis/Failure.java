package io.terrace.tier.redis;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/** Why a call has no reply; each of its callers makes an exception of its own of it. Immutable. */
record Failure(Kind kind, String server, @Nullable Throwable cause) {
  enum Kind {
    BREAKER_OPEN,
    /** There was no connection; nothing was sent. */
    UNCONNECTED,
    /** Its turn did not come in time; nothing was sent. */
    UNSENT,
    /** Sent, and the connection broke. */
    LOST,
    /** Sent, and no reply came in time. */
    TIMED_OUT
  }

  /** What a wire failed with while commands were sent or replies awaited. */
  static Failure ofWire(String server, @Nullable Wire wire, Throwable cause) {
    boolean late = isTimeout(cause) || (wire != null && wire.isCut());
    return new Failure(late ? Kind.TIMED_OUT : Kind.LOST, server, cause);
  }

  /** What the attempt to connect failed with. */
  static Failure ofConnecting(String server, Throwable cause) {
    return new Failure(isTimeout(cause) ? Kind.UNSENT : Kind.UNCONNECTED, server, cause);
  }

  /** The same for a call that would have been sent next. */
  Failure ofUnsent() {
    return switch (kind) {
      case LOST -> new Failure(Kind.UNCONNECTED, server, cause);
      case TIMED_OUT -> new Failure(Kind.UNSENT, server, cause);
      default -> this;
    };
  }

  private static boolean isTimeout(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  IOException toException() {
    String detail = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    return switch (kind) {
      case BREAKER_OPEN ->
          new BreakerOpenException("Redis at " + server + " failed too often, not asked for now");
      case UNCONNECTED ->
          cause instanceof JedisDataException refusal
              ? ErrorReply.toException(refusal, server)
              : new ConnectionLostException(
                  "cannot connect to Redis at " + server + detail + " (redis.uri)", false, cause);
      case UNSENT ->
          new CallTimeoutException(
              "Redis at "
                  + server
                  + " could not be asked in time (redis.command-timeout, redis.connect-timeout)",
              false,
              cause);
      case LOST ->
          new ConnectionLostException(
              "lost the connection to Redis at " + server + detail, true, cause);
      case TIMED_OUT ->
          new CallTimeoutException(
              "Redis at " + server + " did not answer in time (redis.command-timeout)",
              true,
              cause);
    };
  }
}
