package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.ReadHandle;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an open handle holds: the tier's own handle, the key's work, and the promotion once there is
 * one. Apart from the handle itself so that it can be released when the handle was forgotten.
 */
final class OpenStream implements Runnable {
  /*
   * The monitor guards the promotion against a close from another thread. It is held while bytes
   * pass into lanes, never while the source is read.
   */
  private final ReadHandle source;
  private final Supplier<@Nullable StreamPromotion> promotions;
  private final Runnable release;
  private @Nullable LeakWatch owner;
  private @Nullable StreamPromotion promotion;
  private boolean started;
  private boolean closed;

  /**
   * @param promotions starts the promotion, or returns null if there is none
   * @param release gives back what else the handle holds, once
   */
  OpenStream(ReadHandle source, Supplier<@Nullable StreamPromotion> promotions, Runnable release) {
    this.source = source;
    this.promotions = promotions;
    this.release = release;
  }

  /** Says who watches over the handle that holds this, before anything is read. */
  void ownedBy(LeakWatch watch) {
    owner = watch;
  }

  ReadHandle source() {
    return source;
  }

  /** Passes bytes of the forward reading on to the tiers above. */
  synchronized void pass(ByteBuffer bytes) {
    if (!started && !closed) {
      started = true;
      promotion = owner == null ? promotions.get() : owner.owning(promotions);
    }
    if (promotion != null) {
      promotion.pass(bytes);
    }
  }

  /** The forward reading failed: what was read so far is no whole. */
  synchronized void fail() {
    started = true;
    if (promotion != null) {
      promotion.abort(AbortReason.INCOMPLETE);
    }
  }

  /** Releases everything; idempotent. */
  @Override
  public void run() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    source.close();
    synchronized (this) {
      if (promotion != null) {
        promotion.abort(AbortReason.INCOMPLETE);
      }
    }
    release.run();
  }
}
