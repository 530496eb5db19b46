package io.terrace.tier;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a shared tier, told as they happen and kept for a while in a log. Telling may lose
 * anything at any time; the numbers show it, and the log makes up for it. Thread safe.
 */
public interface ChangeFeed {

  /** A sequence number that is not known, since the server of the partition did not answer. */
  long UNKNOWN = -1;

  /** Who this process is, in the changes that it makes itself: 64 random bits. */
  long origin();

  /**
   * Tells changes from now on until it is closed, over interruptions of any length. Does not wait
   * for a connection. The listener is called by one thread at a time and must not block for long.
   */
  Closeable subscribe(Listener listener);

  /**
   * The number of the last change of each partition, in their order; {@link #UNKNOWN} where it
   * cannot be found out now. 0 stands for a partition that was never changed.
   *
   * @throws IOException if none can be found out
   */
  long[] sequences() throws IOException;

  /**
   * Who told the number of a partition at the last call of {@link #sequences}: another value when a
   * server came back or took over that may lack the last writes, as its numbers need not show it. 0
   * where that cannot be said. Called by the thread that calls {@link #sequences}; never blocks.
   */
  default long history(int partition) {
    return 0;
  }

  /**
   * The changes of a partition after one of them, in their order, as {@link #subscribe} would have
   * told them; null if the log does not reach back that far.
   *
   * @param sequence the number of the last change known, 0 for none
   */
  @Nullable List<Changes> since(int partition, long sequence) throws IOException;

  /** Hears changes. */
  interface Listener {
    /** One atomic step, which may be of this process itself. */
    void changed(Changes changes);

    /** Changes may have been lost from here on, or were until now. */
    void interrupted();
  }
}
