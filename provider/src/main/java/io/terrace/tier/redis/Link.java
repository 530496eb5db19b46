package io.terrace.tier.redis;

import dev.failsafe.CircuitBreaker;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a redis tier, whatever their number and arrangement. A command goes to the server
 * of its slot; those of many threads share round trips. Nothing is connected before the first
 * command. Thread safe; a command blocks for its time-out at most.
 *
 * <p>A reply is what Jedis makes of it: {@code byte[]}, {@code Long}, a {@code List} of these, or
 * null. What the server refuses is a {@link RefusedException}; a server that cannot be asked, or
 * does not answer, is a {@link BreakerOpenException}, {@link CallTimeoutException} or {@link
 * ConnectionLostException}.
 */
interface Link extends Closeable {

  /** Sends a command, or a script, and waits for the reply. */
  @Nullable Object call(Request request) throws IOException;

  /**
   * Sends commands, those of one server together and in no certain order, and waits for all
   * replies. Many or long ones are sent in several turns, each of which may take a time-out.
   *
   * @return for each its reply, or the {@link IOException} it came to
   */
  List<@Nullable Object> callAll(List<Request> requests);

  /**
   * Tells what is published to a channel until it is closed; connects again and again by itself.
   * Does not wait for a connection.
   */
  Closeable subscribe(byte[] channel, Messages messages);

  /**
   * One for each server that has keys, to be passed to {@link #callOn}; for walks over all keys.
   */
  List<String> servers() throws IOException;

  /** Sends a command to one server. */
  @Nullable Object callOn(String server, Request request) throws IOException;

  /** By server, whether the breaker of each one that was used lets calls through. */
  default Map<String, CircuitBreaker.State> breakers() {
    return Map.of();
  }

  /**
   * Whether a command that failed may have been carried out all the same, as its reply was lost.
   */
  static boolean mayBeDone(IOException failure) {
    return (failure instanceof CallTimeoutException late && late.mayBeDone())
        || (failure instanceof ConnectionLostException lost && lost.mayBeDone());
  }

  /** Hears messages of a channel. Called by one thread at a time. */
  interface Messages {
    /** If this fails, {@link #connected} is called, as the message is lost. */
    void received(byte[] message);

    /** The subscription began, or began again: what was published before may be lost. */
    void connected();
  }
}
