package io.terrace.tier.redis;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets threads share round trips to a server. Who finds a free seat leads: it takes what waits
 * along with its own call, carries out this one batch, and hands the seat to the first that waits.
 * Who finds none waits for a leader to take its call or to hand it the seat. Thread safe.
 */
final class Lane {
  /** A server that takes as long as this may be asked over one more connection at a time. */
  private static final long SEAT_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /** After how many batches the number of seats is thought over. */
  private static final int ROUNDS = 64;

  private static final int MAX_CALLS = 128;
  private static final int MAX_BYTES = 64 << 10;

  /** A place of a leader, with its connection. Used by its leader only. */
  static final class Seat {
    private final int bit;
    @Nullable Wire wire;

    Seat(int bit) {
      this.bit = bit;
    }
  }

  /**
   * Carries out a batch, by the deadline of its leader: all its calls are done when it returns,
   * whatever happens.
   */
  interface Carrier {
    void carry(Batch batch, Seat seat, long deadlineNanos);
  }

  /*
   * Lost wake-ups: who leaves a seat looks at the queue after it freed the seat; who waits looks for
   * a seat after it joined the queue. One of the two finds the other.
   */
  private final ConcurrentLinkedQueue<Call> waiting = new ConcurrentLinkedQueue<>();
  private final Seat[] seats;

  /** One bit for each seat that nobody has. */
  private final AtomicInteger free;

  /** One bit for each seat that may be taken. */
  private volatile int open = 1;

  /** Written by who has the first seat, as is the next one. */
  private long quickestNanos = Long.MAX_VALUE;

  private int rounds;
  private final Carrier carrier;

  /**
   * @param most the most seats, at most 30
   */
  Lane(Carrier carrier, int most) {
    this.carrier = carrier;
    this.free = new AtomicInteger((1 << most) - 1);
    this.seats = new Seat[most];
    for (int i = 0; i < most; i++) {
      seats[i] = new Seat(1 << i);
    }
  }

  /**
   * Waits until the call is done; it was sent if it is not withdrawn.
   *
   * @return false if its time was over first
   */
  boolean run(Call call) {
    Seat seat = takeSeat();
    if (seat == null) {
      waiting.add(call);
      seat = takeSeat();
      if (seat != null && !call.lead()) {
        leave(seat);
        seat = null;
      }
      if (seat == null) {
        seat = await(call);
      }
    }
    if (seat != null) {
      lead(seat, call);
    }
    return call.isDone();
  }

  private @Nullable Seat takeSeat() {
    for (int mask = free.get(); (mask & open) != 0; mask = free.get()) {
      int bit = Integer.lowestOneBit(mask & open);
      if (free.compareAndSet(mask, mask & ~bit)) {
        return seats[Integer.numberOfTrailingZeros(bit)];
      }
    }
    return null;
  }

  /** The seat it was handed, or null if the call is done or its time is over. */
  private @Nullable Seat await(Call call) {
    boolean interrupted = false;
    long nanos = call.deadlineNanos() - System.nanoTime();
    while (!call.isDone() && call.seat() == null && nanos > 0) {
      LockSupport.parkNanos(this, nanos);
      interrupted |= Thread.interrupted();
      nanos = call.deadlineNanos() - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (nanos <= 0) {
      call.withdraw();
    }
    return call.seat();
  }

  private void lead(Seat seat, Call own) {
    try {
      Batch batch = new Batch();
      batch.add(own);
      while (batch.size() < MAX_CALLS && batch.bytes() < MAX_BYTES) {
        Call next = waiting.poll();
        if (next == null) {
          break;
        }
        if (next.take()) {
          batch.add(next);
        }
      }
      long begin = System.nanoTime();
      carrier.carry(batch, seat, own.deadlineNanos());
      learn(seat, System.nanoTime() - begin);
    } finally {
      leave(seat);
    }
  }

  /**
   * Opens as many seats as the way to the server is long. Nearby, one that carries many calls at a
   * time gets most done; far away, callers would wait for its return, and there is time for others.
   * The quickest of some batches tells the distance, whatever the load is.
   */
  private void learn(Seat seat, long nanos) {
    if (seat.bit != 1) {
      return;
    }
    quickestNanos = Math.min(quickestNanos, nanos);
    if (++rounds == ROUNDS) {
      long wanted = Math.min(seats.length, 1 + quickestNanos / SEAT_NANOS);
      open = (1 << wanted) - 1;
      rounds = 0;
      quickestNanos = Long.MAX_VALUE;
    }
  }

  private void leave(Seat left) {
    Seat seat = left;
    while (seat != null) {
      for (Call next = waiting.poll(); next != null; next = waiting.poll()) {
        if (next.lead(seat)) {
          return;
        }
      }
      give(seat);
      seat = waiting.isEmpty() ? null : takeSeat();
    }
  }

  private void give(Seat seat) {
    free.updateAndGet(mask -> mask | seat.bit);
  }
}
