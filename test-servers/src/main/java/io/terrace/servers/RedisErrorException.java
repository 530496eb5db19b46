package io.terrace.servers;

/** An error that Redis answered; the message is Redis's own, as in {@code MOVED 42 127.0.0.1:1}. */
public final class RedisErrorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RedisErrorException(String message) {
    super(message);
  }
}
