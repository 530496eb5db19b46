package io.terrace.tier.redis;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The channels that are listened to, over one wire that one thread reads; there is neither while
 * nobody listens. A server is pinged every second, and left for another one when nothing came for
 * three. Thread safe.
 *
 * <p>The monitor guards what is listened to and all writing to the wire. It is not held while
 * connecting, reading or calling a listener.
 */
final class Subscriptions implements Closeable {
  private static final System.Logger LOGGER = System.getLogger(Subscriptions.class.getName());
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int SILENCE_MILLIS = 3_000;
  private static final int FIRST_PAUSE_MILLIS = 20;

  /** A node that hears nothing is told from one that lost contact after some seconds. */
  private static final int LAST_PAUSE_MILLIS = 1_000;

  private static final long JOIN_MILLIS = 2_000;

  /** Who listens to a channel. */
  private final class Listener implements Closeable {
    private final String channel;
    private final Link.Messages messages;
    private volatile boolean closed;

    /** Used by the thread of the wire. */
    private @Nullable Wire connected;

    /** Likewise. */
    private boolean hasFailed;

    Listener(String channel, Link.Messages messages) {
      this.channel = channel;
      this.messages = messages;
    }

    void connected(Wire now) {
      if (!closed && connected != now) {
        connected = now;
        tell(messages::connected);
      }
    }

    void received(byte[] message, Wire now) {
      if (!closed && connected == now && !tell(() -> messages.received(message))) {
        boolean unused = tell(messages::connected); // what this message said is lost
      }
    }

    /** False if the listener failed, of which the first time is logged. It goes on to hear. */
    private boolean tell(Runnable call) {
      try {
        call.run();
        return true;
      } catch (RuntimeException | Error e) { // nobody would hear anything without this thread
        LOGGER.log(hasFailed ? DEBUG : WARNING, "a listener to a channel of Redis failed", e);
        hasFailed = true;
        return false;
      }
    }

    @Override
    public void close() {
      closed = true;
      remove(this);
    }
  }

  private final Topology topology;
  private final Dialer dialer;
  private final Alarm alarm;
  private final Map<String, List<Listener>> channels = new HashMap<>();
  private @Nullable Thread thread;
  private @Nullable Wire wire;
  private boolean closed;

  /** Used by the thread of the wire. */
  private int attempts = ThreadLocalRandom.current().nextInt(1 << 16);

  private boolean hasWarned;

  private boolean hasFailed;

  Subscriptions(Topology topology, Dialer dialer, Alarm alarm) {
    this.topology = topology;
    this.dialer = dialer;
    this.alarm = alarm;
  }

  /** Begins to listen; does not wait for a connection. */
  synchronized Closeable add(byte[] channel, Link.Messages messages) {
    Listener listener = new Listener(name(channel), messages);
    if (closed) {
      throw new IllegalStateException("the link to Redis is closed");
    }
    channels.computeIfAbsent(listener.channel, key -> new ArrayList<>()).add(listener);
    if (thread == null) {
      thread = new Thread(this::run, "terrace-redis-subscriptions");
      thread.setDaemon(true);
      thread.start();
    } else {
      send(Command.SUBSCRIBE, listener.channel);
    }
    return listener;
  }

  private synchronized void remove(Listener listener) {
    List<Listener> listeners = channels.get(listener.channel);
    if (listeners == null || !listeners.remove(listener) || !listeners.isEmpty()) {
      return;
    }
    channels.remove(listener.channel);
    if (channels.isEmpty()) {
      wake();
    } else {
      send(Command.UNSUBSCRIBE, listener.channel);
    }
  }

  private synchronized void send(Command command, String channel) {
    if (wire != null) {
      try {
        wire.sendCommand(command, bytes(channel));
        wire.push();
      } catch (JedisException e) {
        wire.cut();
      }
    }
  }

  /** Ends what the thread waits for. */
  private synchronized void wake() {
    if (wire != null) {
      wire.cut();
    }
    notifyAll();
  }

  private void run() {
    int pause = FIRST_PAUSE_MILLIS;
    while (isWanted()) {
      long began = System.nanoTime();
      session();
      if (System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(LAST_PAUSE_MILLIS)) {
        pause = FIRST_PAUSE_MILLIS; // it was one, rather than a refusal
      }
      topology.doubt();
      pause(pause);
      pause = Math.min(2 * pause, LAST_PAUSE_MILLIS);
    }
  }

  private void warnOnce(JedisDataException refusal) {
    if (!hasWarned) {
      hasWarned = true;
      LOGGER.log(
          WARNING,
          "Redis refuses a subscription, so changes of other processes are found by the heartbeat"
              + " alone; let the user SUBSCRIBE to channels named '{'*'}'i: {0}",
          refusal.getMessage());
    }
  }

  private synchronized boolean isWanted() {
    if (channels.isEmpty()) {
      thread = null;
      return false;
    }
    return true;
  }

  private synchronized void pause(int millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left = millis;
    while (left > 0 && !channels.isEmpty()) {
      try {
        wait(left);
      } catch (InterruptedException e) {
        LOGGER.log(DEBUG, "interrupted, and goes on"); // only a close ends it
      }
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
  }

  /** Listens until the connection breaks, if there is one. */
  private void session() {
    Wire dialled = null;
    Future<?> pings = null;
    try {
      List<HostAndPort> servers = topology.view().servers();
      HostAndPort server = servers.get(Math.floorMod(attempts++, servers.size()));
      dialled = dialer.dial(server);
      dialled.limitSilence(SILENCE_MILLIS);
      if (!begin(dialled)) {
        return;
      }
      Wire used = dialled;
      pings = alarm.every(PING_NANOS, () -> ping(used, server));
      while (true) {
        hear(dialled, dialled.getUnflushedObject());
      }
    } catch (JedisDataException e) {
      warnOnce(e);
    } catch (IOException | RuntimeException e) {
      LOGGER.log(DEBUG, "the subscription to Redis ended", e);
    } catch (Error e) { // such as memory that ran out: it may be there again for the next one
      LOGGER.log(hasFailed ? DEBUG : WARNING, "the subscription to Redis failed", e);
      hasFailed = true;
    } finally {
      end(dialled, pings);
    }
  }

  /** False if nobody listens any more. */
  private synchronized boolean begin(Wire dialled) {
    if (channels.isEmpty()) {
      return false;
    }
    wire = dialled;
    for (String channel : channels.keySet()) {
      dialled.sendCommand(Command.SUBSCRIBE, bytes(channel));
    }
    dialled.push();
    return true;
  }

  private synchronized void end(@Nullable Wire dialled, @Nullable Future<?> pings) {
    wire = null;
    if (pings != null) {
      pings.cancel(false);
    }
    if (dialled != null) {
      Wire.close(dialled);
    }
  }

  /** Leaves a server, too, that is no more among those that have keys. */
  private synchronized void ping(Wire used, HostAndPort server) {
    try {
      if (!topology.isKnown(server)) {
        used.cut();
      } else if (wire == used) {
        used.sendCommand(Command.PING);
        used.push();
      }
    } catch (JedisException e) {
      used.cut();
    }
  }

  private void hear(Wire from, @Nullable Object push) {
    if (!(push instanceof List<?> parts) || parts.size() < 3) {
      return; // a pong
    }
    if (!(parts.get(0) instanceof byte[] kind) || !(parts.get(1) instanceof byte[] channel)) {
      return;
    }
    if (isNamed(kind, "subscribe")) {
      listeners(channel).forEach(listener -> listener.connected(from));
    } else if (isNamed(kind, "message") && parts.get(2) instanceof byte[] message) {
      listeners(channel).forEach(listener -> listener.received(message, from));
    }
  }

  /** A channel as a key of a map: a character for each byte. */
  private static String name(byte[] channel) {
    return new String(channel, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String channel) {
    return channel.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static boolean isNamed(byte[] kind, String name) {
    return new String(kind, StandardCharsets.US_ASCII).equals(name);
  }

  private synchronized List<Listener> listeners(byte[] channel) {
    return List.copyOf(channels.getOrDefault(name(channel), List.of()));
  }

  /** Ends the connection and the thread. */
  @Override
  public void close() {
    Thread reader;
    synchronized (this) {
      closed = true;
      channels.values().forEach(list -> list.forEach(listener -> listener.closed = true));
      channels.clear();
      reader = thread;
      wake();
    }
    if (reader != null && reader != Thread.currentThread()) {
      try {
        reader.join(JOIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
