package io.terrace.tier.redis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A request and what became of it. It belongs to the thread that makes it, which may leave it in a
 * {@link Lane} for another one to carry out.
 *
 * <p>The state goes from WAITING to TAKEN (by a leader, who sends it), LEADING (its owner is the
 * next leader, or leads) or WITHDRAWN (by its owner), and from TAKEN or LEADING to DONE. The
 * outcome is written before the state and read after it.
 */
final class Call {
  /** How a request came to a server. */
  enum Route {
    DIRECT,
    ASKING
  }

  private static final int WAITING = 0;
  private static final int TAKEN = 1;
  private static final int LEADING = 2;
  private static final int WITHDRAWN = 3;
  private static final int DONE = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Call.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Request request;
  private final boolean asking;
  private final Thread owner = Thread.currentThread();
  private final int bytes;
  private final long deadlineNanos;
  private Lane.@Nullable Seat seat;
  private @Nullable Object outcome;

  @SuppressWarnings("unused") // by STATE
  private volatile int state;

  /**
   * @param route whether the server has to be told that another one sent the request here
   */
  Call(Request request, Route route, long deadlineNanos) {
    this.request = request;
    this.asking = route == Route.ASKING;
    this.deadlineNanos = deadlineNanos;
    int sum = 0;
    for (byte[] argument : request.arguments()) {
      sum += argument.length;
    }
    this.bytes = sum;
  }

  Request request() {
    return request;
  }

  /** Whether the server of a slot sent it to the one that is about to take the slot over. */
  boolean isAsking() {
    return asking;
  }

  /** About as many as it takes on the wire. */
  int bytes() {
    return bytes;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  /** Takes it along in a batch; false if it is no more waiting. */
  boolean take() {
    return STATE.compareAndSet(this, WAITING, TAKEN);
  }

  /** Makes its owner the leader in a seat that it was not given; false if it is no more waiting. */
  boolean lead() {
    return STATE.compareAndSet(this, WAITING, LEADING);
  }

  /** Hands its owner a seat; false if it is no more waiting. */
  boolean lead(Lane.Seat handed) {
    seat = handed;
    if (!lead()) {
      return false;
    }
    LockSupport.unpark(owner);
    return true;
  }

  /** Takes it back unsent; false if somebody took it. */
  boolean withdraw() {
    return STATE.compareAndSet(this, WAITING, WITHDRAWN);
  }

  boolean isWithdrawn() {
    return state == WITHDRAWN;
  }

  /** The seat it was handed, or null. */
  Lane.@Nullable Seat seat() {
    return state == LEADING ? seat : null;
  }

  boolean isDone() {
    return state == DONE;
  }

  /**
   * @param result a reply, a {@code JedisDataException} that was the reply, or a {@link Failure}
   */
  void complete(@Nullable Object result) {
    outcome = result;
    state = DONE;
    if (owner != Thread.currentThread()) {
      LockSupport.unpark(owner);
    }
  }

  @Nullable Object outcome() {
    return outcome;
  }
}
