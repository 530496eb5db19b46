package io.terrace.stack;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Where coherence runs: one thread for changes, and one that is there only for walks. */
interface CoherenceThread extends AutoCloseable {

  /** Runs one task at a time, in their order. */
  Executor worker();

  /** Runs what may take long. */
  Executor walker();

  /** As {@link System#nanoTime}. */
  LongSupplier nanoClock();

  /** Runs a task in the worker after that long, and again that long after its end. */
  void repeat(Runnable task, Duration pause);

  @Override
  void close();

  /** Daemon threads of a cache. */
  static CoherenceThread of(String cacheName) {
    return new Daemons(cacheName);
  }

  /** The threads of a cache. */
  final class Daemons implements CoherenceThread {
    private static final System.Logger LOGGER = System.getLogger(CoherenceThread.class.getName());

    private final ScheduledThreadPoolExecutor worker;
    private final ExecutorService walker;

    private Daemons(String cacheName) {
      worker = new ScheduledThreadPoolExecutor(1, named("terrace-coherence-" + cacheName));
      walker =
          new ThreadPoolExecutor(
              0,
              1,
              1,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              named("terrace-walk-" + cacheName));
    }

    private static ThreadFactory named(String name) {
      return task -> {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
      };
    }

    @Override
    public Executor worker() {
      return task -> worker.execute(surviving(task));
    }

    @Override
    public Executor walker() {
      return walker;
    }

    @Override
    public LongSupplier nanoClock() {
      return System::nanoTime;
    }

    @Override
    public void repeat(Runnable task, Duration pause) {
      var unused =
          worker.scheduleWithFixedDelay(
              surviving(task), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What fails without having been foreseen ends neither the thread nor the repetition. */
    private static Runnable surviving(Runnable task) {
      return () -> {
        try {
          task.run();
        } catch (Throwable e) {
          LOGGER.log(System.Logger.Level.ERROR, "local copies could not follow a change", e);
        }
      };
    }

    @Override
    public void close() {
      worker.shutdownNow();
      walker.shutdownNow();
    }
  }
}
