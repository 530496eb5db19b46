package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.tier.EntryHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way up while it is read. It is committed in a tier only when every byte from the
 * first to the last went through it in order (I1), and only if nobody wrote or purged the key since
 * before it was looked up (I3). Not thread safe, but for {@link #isStuck}.
 */
final class StreamPromotion {
  /** How often a reader has to be as slow as a lane may be, to be stuck. */
  private static final int STUCK_PATIENCES = 5;

  private final KeyWork work;
  private final KeyWork.Watch watch;
  private final EntryHeader header;
  private final Consumer<OptionalTier> promoted;
  private final Runnable release;
  private final Supplier<Lanes> opening;
  private final long patienceNanos;
  private @Nullable Lanes lanes;
  private long passedBytes;
  private boolean ended;
  private volatile long progressNanos = System.nanoTime();

  /**
   * @param opening opens the lanes
   * @param promoted told of each tier that has the entry then
   * @param release run once when the last lane ended, or the promotion never began
   * @param patienceNanos how long a lane may hold the reader
   */
  StreamPromotion(
      KeyWork work,
      KeyWork.Watch watch,
      EntryHeader header,
      Supplier<Lanes> opening,
      Consumer<OptionalTier> promoted,
      Runnable release,
      long patienceNanos) {
    this.work = work;
    this.watch = watch;
    this.header = header;
    this.opening = opening;
    this.promoted = promoted;
    this.release = release;
    this.patienceNanos = patienceNanos;
  }

  /** Opens the lanes, unless the key changed or another promotion of it gets on. */
  boolean begin() {
    if (!work.lead(watch, this)) {
      return false;
    }
    lanes = opening.get();
    return true;
  }

  /** Whether its reader stopped reading a while ago, so that another may take over. */
  boolean isStuck() {
    return System.nanoTime() - progressNanos > patienceNanos * STUCK_PATIENCES;
  }

  /** Takes the next bytes; those that end the body commit it. */
  void pass(ByteBuffer bytes) {
    Lanes open = lanes;
    if (ended || open == null) {
      return;
    }
    progressNanos = System.nanoTime();
    passedBytes += bytes.remaining();
    open.write(bytes);
    if (passedBytes == header.bodyLength()) {
      complete(open);
    }
  }

  private void complete(Lanes open) {
    ended = true;
    AtomicInteger left = new AtomicInteger(open.count());
    work.resign(watch, this);
    open.complete(
        lane -> {
          try {
            end(lane);
          } finally {
            if (left.decrementAndGet() == 0) {
              release.run();
            }
          }
          if (lane.isCommitted()) {
            promoted.accept(lane.tier());
          }
        });
  }

  private void end(Lane lane) {
    if (!work.commit(watch, header, lane::commit)) {
      lane.abort(AbortReason.SUPERSEDED);
      lane.count();
    }
  }

  /** Nothing follows; no effect after the last byte. */
  void abort(AbortReason reason) {
    if (!ended && lanes != null) {
      ended = true;
      work.resign(watch, this);
      lanes.abort(reason);
      release.run();
    }
  }
}
