package io.terrace.internal.concurrent;

import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Releases what a forgotten handle holds once the garbage collector finds it, and says where it was
 * opened. A watch costs about a microsecond, most of it for the place, so what holds nothing is not
 * watched. Thread safe.
 */
public final class LeakWatch {
  private static final System.Logger LOGGER = System.getLogger(LeakWatch.class.getName());
  private static final Cleaner CLEANER = Cleaner.create();

  /** Where the owner was opened of the parts that this thread opens at the moment. */
  private static final ThreadLocal<@Nullable Throwable> OWNER_OPENED = new ThreadLocal<>();

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
    return over(handle, what, action, new Throwable("opened here"));
  }

  /**
   * Watches a handle that may be opened in {@link #owning}: a warning then says where its owner was
   * opened, which is what a user knows.
   *
   * @see #over
   */
  public static LeakWatch overPart(Object handle, String what, Runnable action) {
    Throwable opened = OWNER_OPENED.get();
    return opened == null ? over(handle, what, action) : over(handle, what, action, opened);
  }

  private static LeakWatch over(Object handle, String what, Runnable action, Throwable opened) {
    Release release = new Release(what, action, opened);
    return new LeakWatch(CLEANER.register(handle, release), release);
  }

  /** Opens, in this thread, what the watched handle closes when it is closed itself. */
  public <T extends @Nullable Object> T owning(Supplier<T> opening) {
    Throwable before = OWNER_OPENED.get();
    OWNER_OPENED.set(release.opened);
    try {
      return opening.get();
    } finally {
      OWNER_OPENED.set(before);
    }
  }

  /** Gives back what the handle holds, without a warning; idempotent. */
  public void close() {
    release.closed = true;
    cleanable.clean();
  }

  private static final class Release implements Runnable {
    private final String what;
    private final Runnable action;
    private final Throwable opened;
    private volatile boolean closed;

    Release(String what, Runnable action, Throwable opened) {
      this.what = what;
      this.action = action;
      this.opened = opened;
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
