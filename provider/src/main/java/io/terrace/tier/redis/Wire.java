package io.terrace.tier.redis;

import java.io.IOException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.PushConsumerChain;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * One connection to a server. Used by one thread at a time, but for {@link #cut}. What fails here
 * is a {@code JedisException}; after a {@link JedisConnectionException} the wire is of no more use.
 */
final class Wire extends Connection {
  private final TimedSocket socket;
  private final boolean dialled;
  private volatile boolean cut;
  private long usedNanos = System.nanoTime();

  /** Connects and logs in; blocks for as long as {@code dial} says. */
  Wire(Dial dial, JedisClientConfig config) {
    super(dial, config);
    socket = dial.socket();
    dialled = true;
  }

  // Before each command Jedis would connect again, without the login, if the socket was closed.
  @Override
  public void connect() {
    if (!dialled) {
      super.connect();
    } else if (!isConnected()) {
      throw new JedisConnectionException("the connection was closed");
    }
  }

  // Called by the constructor of the superclass, too.
  @Override
  protected @Nullable Object protocolRead(RedisInputStream in, PushConsumerChain pushes) {
    return Replies.read(in);
  }

  /** Puts a command or a script, by its digest, behind those that are to be flushed. */
  void send(Request request) {
    byte[][] arguments = request.arguments();
    Script script = request.script();
    if (script != null) {
      send(new CommandArguments(Command.EVALSHA).add(script.digest()), arguments, 0);
    } else {
      send(new CommandArguments(() -> arguments[0]), arguments, 1);
    }
  }

  /** Puts a script by its text, which the server then knows by its digest. */
  void sendText(Request request, Script script) {
    send(new CommandArguments(Command.EVAL).add(script.text()), request.arguments(), 0);
  }

  private void send(CommandArguments command, byte[][] arguments, int from) {
    for (int i = from; i < arguments.length; i++) {
      byte[] argument = arguments[i];
      command.add((Rawable) () -> argument); // of an array itself Jedis would make a copy
    }
    sendCommand(command);
  }

  /** Puts what lets the next command use a slot that the server is about to take over. */
  void sendAsking() {
    sendCommand(Command.ASKING);
  }

  /** Flushes what was sent. */
  void push() {
    flush();
  }

  /** Waits for the next reply until a time of {@link System#nanoTime}, when it has to be whole. */
  @Nullable Object receive(long deadlineNanos) {
    endReadsAt(deadlineNanos);
    return getUnflushedObject();
  }

  /** What is read from now on has to be there by a time of {@link System#nanoTime}. */
  void endReadsAt(long nanoTime) {
    socket.endReadsAt(nanoTime);
  }

  /** What is read from now on may take any time, if something comes within this one. */
  void limitSilence(int millis) {
    try {
      socket.limitEachRead(millis);
    } catch (SocketException e) {
      throw new JedisConnectionException("the connection was closed", e);
    }
  }

  void used() {
    usedNanos = System.nanoTime();
  }

  long idleNanos() {
    return System.nanoTime() - usedNanos;
  }

  /** Closes the socket under whoever uses it, from any thread. */
  void cut() {
    cut = true;
    close(this);
  }

  /** Whether it was cut rather than lost. */
  boolean isCut() {
    return cut;
  }

  /** Closes a wire whatever its state. */
  static void close(Wire wire) {
    try {
      wire.forceDisconnect();
    } catch (IOException | JedisConnectionException e) {
      // it is closed all the same
    } finally {
      wire.socket.closeQuietly(); // which TLS leaves open if its own end fails
    }
  }
}
