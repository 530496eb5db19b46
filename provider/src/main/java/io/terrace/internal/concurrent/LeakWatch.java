package io.terrace.internal.concurrent;

import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;

/**
 * Releases what a forgotten handle holds once the garbage collector finds it, and says where it was
 * opened. A watch costs about a microsecond, so what holds nothing is not watched. Thread safe.
 */
public final class LeakWatch {
  private static final System.Logger LOGGER = System.getLogger(LeakWatch.class.getName());
  private static final Cleaner CLEANER = Cleaner.create();

  private final Cleaner.Cleanable cleanable;
  private final Release release;

  private LeakWatch(Cleaner.Cleanable cleanable, Release release) {
    this.cleanable = cleanable;
    this.release = release;
  }

  /**
   * Watches a handle.
   *
   * @param what names the kind of handle and its tier in the warning
   * @param action gives back what the handle holds, once; must not refer to the handle
   */
  public static LeakWatch over(Object handle, String what, Runnable action) {
    Release release = new Release(what, action);
    return new LeakWatch(CLEANER.register(handle, release), release);
  }

  /** Gives back what the handle holds, without a warning; idempotent. */
  public void close() {
    release.closed = true;
    cleanable.clean();
  }

  private static final class Release implements Runnable {
    private final String what;
    private final Runnable action;
    private final Throwable opened = new Throwable("opened here");
    private volatile boolean closed;

    Release(String what, Runnable action) {
      this.what = what;
      this.action = action;
    }

    @Override
    public void run() {
      action.run();
      if (!closed) {
        LOGGER.log(Level.WARNING, what + " was never closed", opened);
      }
    }
  }
}
