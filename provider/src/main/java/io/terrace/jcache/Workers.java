package io.terrace.jcache;

import java.lang.ref.WeakReference;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one cache manager: for {@code loadAll} and asynchronous events. There is none
 * until there is work; idle ones end, and so do all when the manager is closed. They are daemons,
 * and see the manager's class loader as the thread's. Thread safe.
 */
final class Workers implements Executor {
  private static final long IDLE_SECONDS = 5;

  /*
   * The monitor guards `pool` and `closed`. It is a leaf, held for no work.
   */
  private final WeakReference<ClassLoader> loader;
  private @Nullable ThreadPoolExecutor pool;
  private boolean closed;

  Workers(ClassLoader loader) {
    this.loader = new WeakReference<>(loader);
  }

  /**
   * @throws RejectedExecutionException after {@link #close}
   */
  @Override
  public void execute(Runnable work) {
    pool().execute(work);
  }

  private synchronized ThreadPoolExecutor pool() {
    if (closed) {
      throw new RejectedExecutionException("the cache manager is closed");
    }
    if (pool == null) {
      int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
      pool =
          new ThreadPoolExecutor(
              threads,
              threads,
              IDLE_SECONDS,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              new Threads(loader));
      pool.allowCoreThreadTimeOut(true);
    }
    return pool;
  }

  /** Takes no more work; what was taken is finished, without anybody waiting for it. */
  synchronized void close() {
    closed = true;
    if (pool != null) {
      pool.shutdown();
    }
  }

  private static final class Threads implements ThreadFactory {
    private final WeakReference<ClassLoader> loader;
    private final AtomicInteger made = new AtomicInteger();

    Threads(WeakReference<ClassLoader> loader) {
      this.loader = loader;
    }

    @Override
    public Thread newThread(Runnable work) {
      Thread thread = new Thread(work, "terrace-worker-" + made.incrementAndGet());
      thread.setDaemon(true);
      thread.setContextClassLoader(loader.get());
      return thread;
    }
  }
}
