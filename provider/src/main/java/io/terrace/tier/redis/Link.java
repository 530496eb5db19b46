package io.terrace.tier.redis;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a redis tier, whatever their number and arrangement. A command goes to the server
 * of its slot; those of many threads share round trips. Nothing is connected before the first
 * command. Thread safe; a command blocks for its time-out at most.
 *
 * <p>A reply is what Jedis makes of it: {@code byte[]}, {@code Long}, a {@code List} of these, or
 * null. What the server refuses, and a server that cannot be asked, is an {@link IOException}.
 */
interface Link extends Closeable {

  /** Sends a command, or a script, and waits for the reply. */
  @Nullable Object call(Request request) throws IOException;

  /**
   * Sends commands, those of one server together, and waits for all replies.
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

  /** Hears messages of a channel. Called by one thread at a time. */
  interface Messages {
    void received(byte[] message);

    /** The subscription began, or began again: what was published before is lost. */
    void connected();
  }
}
