package io.terrace.tier.redis;

import dev.failsafe.CircuitBreaker;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One server: its lane for small calls, its pool for large ones, and its breaker, which refuses
 * calls for a while after several failures. What the server answers, errors included, is no
 * failure; that it cannot be reached, does not answer, or is not ready is. Thread safe.
 */
final class Server implements Closeable {
  /** One more than a lost connection and the retries it may see: a server that is really away. */
  private static final int FAILURES = 5;

  /** A reboot or fail-over takes seconds; one call in a second finds its end soon enough. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** A larger request would hold up the small ones of a lane. */
  private static final int LARGE_BYTES = 64 << 10;

  /** So many share what the lane has to do, if the server is far away. */
  private static final int MAX_SEATS = 4;

  private final String name;
  private final Wires wires;
  private final Alarm alarm;
  private final long commandNanos;
  private final Runnable doubt;
  private final Lane lane;
  private final CircuitBreaker<Object> breaker =
      CircuitBreaker.builder()
          .withFailureThreshold(FAILURES)
          .withSuccessThreshold(1)
          .withDelay(PAUSE)
          .build();

  /**
   * @param connections the most connections; at least two are used
   * @param doubt told when the server may not be the right one any more
   */
  Server(HostAndPort address, Dialer dialer, int connections, Alarm alarm, Runnable doubt) {
    this.name = address.toString();
    int seats = Math.max(1, Math.min(MAX_SEATS, connections / 2));
    this.wires = new Wires(address, dialer, Math.max(1, connections - seats));
    this.alarm = alarm;
    this.commandNanos = dialer.commandNanos();
    this.doubt = doubt;
    this.lane = new Lane(this::carry, seats);
  }

  CircuitBreaker.State breakerState() {
    return breaker.getState();
  }

  /**
   * Carries out a request.
   *
   * @return a reply, a {@link JedisDataException} that was the reply, or a {@link Failure}
   */
  @Nullable Object call(Request request, Call.Route route, long deadlineNanos) {
    Call call = new Call(request, route, deadlineNanos);
    if (call.bytes() > LARGE_BYTES) {
      callAlone(call);
    } else if (!lane.run(call)) {
      Failure.Kind kind = call.isWithdrawn() ? Failure.Kind.UNSENT : Failure.Kind.TIMED_OUT;
      return new Failure(kind, name, null);
    }
    return call.outcome();
  }

  private void callAlone(Call call) {
    Batch batch = new Batch();
    batch.add(call);
    Wire wire = begin(batch, call.deadlineNanos());
    if (wire != null) {
      finish(batch, wire, call.deadlineNanos());
    }
  }

  private void carry(Batch batch, Lane.Seat seat, long deadlineNanos) {
    if (!admitted(batch)) {
      return;
    }
    Wire last = seat.wire;
    seat.wire = null;
    Wire wire = connected(batch, () -> wires.ready(last));
    if (wire != null && exchange(batch, wire, deadlineNanos)) {
      seat.wire = wire;
    }
  }

  /** Sends a batch and reads the replies; false, and the wire is closed, if that failed. */
  private boolean exchange(Batch batch, Wire wire, long deadlineNanos) {
    boolean inOrder = false;
    try {
      inOrder = write(batch, wire, deadlineNanos) && read(batch, wire, deadlineNanos);
    } finally {
      if (!inOrder) {
        wires.discard(wire);
      }
    }
    wire.used();
    return inOrder;
  }

  /** Where a wire comes from. */
  private interface Source {
    Wire get() throws IOException;
  }

  /** A wire, or null if there is none and all calls are done. */
  private @Nullable Wire connected(Batch batch, Source source) {
    try {
      return source.get();
    } catch (IOException | JedisException e) {
      fail(batch, Failure.ofConnecting(name, e));
      return null;
    }
  }

  /**
   * Sends a batch over a wire of the pool.
   *
   * @return the wire, to be passed to {@link #finish}; null if it failed and all calls are done
   */
  @Nullable Wire begin(Batch batch, long deadlineNanos) {
    if (!wires.reserve(deadlineNanos)) {
      batch.fail(new Failure(Failure.Kind.UNSENT, name, null));
      return null;
    }
    boolean begun = false;
    try {
      Wire wire = admitted(batch) ? connected(batch, wires::borrow) : null;
      begun = wire != null && isSent(batch, wire, deadlineNanos);
      return begun ? wire : null;
    } finally {
      if (!begun) {
        wires.release();
      }
    }
  }

  /** Sends a batch; false, and the wire is closed, if that failed. */
  private boolean isSent(Batch batch, Wire wire, long deadlineNanos) {
    boolean sent = false;
    try {
      sent = write(batch, wire, deadlineNanos);
    } finally {
      if (!sent) {
        wires.discard(wire);
      }
    }
    return sent;
  }

  /** Awaits the replies to a batch that was begun; all calls are done then. */
  void finish(Batch batch, Wire wire, long deadlineNanos) {
    boolean inOrder = false;
    try {
      inOrder = read(batch, wire, deadlineNanos);
    } finally {
      if (inOrder) {
        wires.give(wire);
      } else {
        wires.discard(wire);
      }
      wires.release();
    }
  }

  private boolean write(Batch batch, Wire wire, long deadlineNanos) {
    try {
      batch.write(wire, alarm, graced(deadlineNanos));
      return true;
    } catch (RuntimeException e) {
      fail(batch, Failure.ofWire(name, wire, e));
      return false;
    }
  }

  private boolean read(Batch batch, Wire wire, long deadlineNanos) {
    try {
      batch.read(wire, alarm, graced(deadlineNanos));
    } catch (RuntimeException e) {
      fail(batch, Failure.ofWire(name, wire, e));
      return false;
    }
    if (batch.metUnready()) {
      breaker.recordFailure();
      doubt.run();
      return false;
    }
    breaker.recordSuccess();
    return true;
  }

  /** Waiting and connecting may have used up the time; what is sent then gets half of it anew. */
  private long graced(long deadlineNanos) {
    long least = System.nanoTime() + commandNanos / 2;
    return deadlineNanos - least > 0 ? deadlineNanos : least;
  }

  private boolean admitted(Batch batch) {
    if (breaker.tryAcquirePermit()) {
      return true;
    }
    doubt.run();
    batch.fail(new Failure(Failure.Kind.BREAKER_OPEN, name, null));
    return false;
  }

  private void fail(Batch batch, Failure failure) {
    int times = failure.kind() == Failure.Kind.TIMED_OUT ? Math.min(batch.open(), FAILURES) : 1;
    for (int i = 0; i < times; i++) {
      breaker.recordFailure();
    }
    doubt.run();
    batch.fail(failure);
  }

  @Override
  public void close() {
    wires.close();
  }
}
