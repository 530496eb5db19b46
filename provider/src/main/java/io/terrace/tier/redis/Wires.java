package io.terrace.tier.redis;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The wires to one server: those of its lane, and a bounded pool of others for calls of their own.
 * Knows of all that are open, so that a close leaves none. Thread safe.
 */
final class Wires implements Closeable {
  /** After this long, somebody on the way may have forgotten a wire: it is tried before its use. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final HostAndPort server;
  private final Dialer dialer;
  private final Semaphore permits;
  private final ConcurrentLinkedDeque<Wire> idle = new ConcurrentLinkedDeque<>();
  private final Set<Wire> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Wires(HostAndPort server, Dialer dialer, int most) {
    this.server = server;
    this.dialer = dialer;
    this.permits = new Semaphore(most);
  }

  /**
   * Reserves a place in the pool; waits for one until a time.
   *
   * @return false if all are in use for too long
   */
  boolean reserve(long deadlineNanos) {
    try {
      return permits.tryAcquire(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Gives back a place that was reserved. */
  void release() {
    permits.release();
  }

  /**
   * A wire out of the pool, for whoever has reserved a place.
   *
   * @throws JedisException if there is no connection
   * @throws IOException if it was closed
   */
  Wire borrow() throws IOException {
    return ready(idle.pollFirst());
  }

  /** Gives back a borrowed wire that is in order. */
  void give(Wire wire) {
    wire.used();
    idle.addFirst(wire);
    if (closed) {
      discard(wire);
    }
  }

  /** That wire, if it is still in order, or a new one; a wire that is not borrowed. */
  Wire ready(@Nullable Wire wire) throws IOException {
    if (wire != null && (wire.idleNanos() < STALE_NANOS || answers(wire))) {
      return wire;
    }
    Wire dialled = dialer.dial(server);
    open.add(dialled);
    if (closed) {
      discard(dialled);
      throw new IOException("the link to Redis is closed");
    }
    return dialled;
  }

  /** False if it was closed from the other side; fails if the server does not answer in time. */
  private boolean answers(Wire wire) {
    try {
      wire.endReadsAt(System.nanoTime() + dialer.connectNanos());
      return wire.ping();
    } catch (JedisException e) {
      discard(wire);
      if (e.getCause() instanceof SocketTimeoutException) {
        throw e;
      }
      return false;
    }
  }

  void discard(Wire wire) {
    open.remove(wire);
    Wire.close(wire);
  }

  @Override
  public void close() {
    closed = true;
    idle.clear();
    for (Wire wire : open) {
      discard(wire);
    }
  }
}
