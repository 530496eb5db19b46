package io.terrace.stack;

import io.terrace.AbortReason;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A lane whose tier is written by other threads, behind a bounded queue of chunks. Who feeds it
 * waits for room as long as its patience lasts, once for the whole body; then the lane is given up,
 * so that a slow tier slows nobody (I2). A lane that missed a chunk never commits (I1). Thread
 * safe.
 */
final class QueuedLane {
  /*
   * The monitor guards the queue and the flags. `lane` belongs to whoever runs drain(), of which
   * there is one at a time: `draining` says so. Tiers are never called under the monitor, nor is the
   * executor. While the queue holds anything somebody is draining it.
   */
  private static final int MOST_CHUNKS = 4;

  private final Lane lane;
  private final Executor executor;
  private final ArrayDeque<SharedChunk> queue = new ArrayDeque<>(MOST_CHUNKS);
  private long patienceNanos;
  private boolean draining;
  private boolean ended;
  private @Nullable AbortReason givenUp;
  private boolean laneAborted;
  private @Nullable Runnable whenDrained;

  QueuedLane(Lane lane, Executor executor, long patienceNanos) {
    this.lane = lane;
    this.executor = executor;
    this.patienceNanos = patienceNanos;
  }

  Lane lane() {
    return lane;
  }

  /** Takes the chunk, which the lane releases when it is done with it. */
  void offer(SharedChunk chunk) {
    boolean taken;
    boolean starts = false;
    synchronized (this) {
      taken = hasRoom();
      if (taken) {
        queue.add(chunk);
        starts = startsDraining();
      }
    }
    if (!taken) {
      chunk.release();
    }
    if (starts) {
      start();
    }
  }

  /** Waits for room; without it when patience is over the lane is given up. */
  private boolean hasRoom() {
    while (queue.size() >= MOST_CHUNKS && givenUp == null) {
      if (!waitPatiently()) {
        giveUp(AbortReason.LAGGED);
      }
    }
    return givenUp == null;
  }

  private boolean waitPatiently() {
    if (patienceNanos <= 0) {
      return false;
    }
    long before = System.nanoTime();
    try {
      TimeUnit.NANOSECONDS.timedWait(this, patienceNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the reader's or writer's own business
      return false;
    } finally {
      patienceNanos -= System.nanoTime() - before;
    }
    return true;
  }

  /** Nothing follows: runs {@code then} with the lane once everything is written or given up. */
  void end(Runnable then) {
    boolean starts;
    synchronized (this) {
      ended = true;
      whenDrained = then;
      starts = startsDraining();
    }
    if (starts) {
      start();
    }
  }

  /** Nothing follows: waits as long as patience lasts until everything is written. */
  synchronized void endAndAwait() {
    ended = true;
    while (givenUp == null && draining) {
      if (!waitPatiently()) {
        giveUp(AbortReason.LAGGED);
      }
    }
  }

  synchronized @Nullable AbortReason givenUp() {
    return givenUp;
  }

  void abort(AbortReason reason) {
    boolean starts;
    synchronized (this) {
      if (givenUp == null) {
        giveUp(reason);
      }
      ended = true;
      starts = startsDraining();
    }
    if (starts) {
      start();
    }
  }

  /** Under the monitor; whoever drains aborts the write. */
  private void giveUp(AbortReason reason) {
    givenUp = reason;
    for (SharedChunk chunk : queue) {
      chunk.release();
    }
    queue.clear();
    notifyAll();
  }

  /** Under the monitor: whether the caller has to start a drain, when it left the monitor. */
  private boolean startsDraining() {
    boolean starts = !draining;
    draining = true;
    return starts;
  }

  private void start() {
    try {
      executor.execute(this::drain);
    } catch (RejectedExecutionException e) { // the stack is closed
      fail();
      drain();
    }
  }

  private synchronized void fail() {
    if (givenUp == null) {
      giveUp(AbortReason.FAILED);
    }
  }

  private void drain() {
    boolean left = false;
    while (!left) {
      boolean stepped = false;
      try {
        left = step();
        stepped = true;
      } finally {
        if (!stepped) {
          fail();
          start(); // this thread is lost, but what waits for the lane is not
        }
      }
    }
  }

  /** Does the next thing there is to do, if any; otherwise this thread leaves the lane. */
  private boolean step() {
    SharedChunk chunk;
    AbortReason aborts;
    Runnable then;
    synchronized (this) {
      chunk = queue.poll();
      aborts = laneAborted ? null : givenUp;
      then = chunk == null && ended ? whenDrained : null;
      if (chunk == null) {
        laneAborted |= aborts != null;
        whenDrained = ended ? null : whenDrained;
        draining = aborts != null || then != null;
      }
      notifyAll();
    }
    if (chunk != null) {
      write(chunk);
      return false;
    }
    if (aborts != null) {
      lane.abort(aborts);
    }
    if (then != null) {
      then.run();
    }
    return aborts == null && then == null;
  }

  private void write(SharedChunk chunk) {
    try {
      lane.write(chunk.bytes());
    } finally {
      chunk.release();
    }
  }
}
