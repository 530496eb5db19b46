package io.terrace.stack;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that write lanes and read sources in the background: as many as are at work, none
 * while nothing is to be done. What bounds them is what bounds open handles.
 */
final class LaneThreads extends ThreadPoolExecutor {
  private static final long IDLE_SECONDS = 5;

  LaneThreads(String cacheName) {
    super(
        0,
        Integer.MAX_VALUE,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        work -> {
          Thread thread = new Thread(work, "terrace-lane-" + cacheName);
          thread.setDaemon(true);
          return thread;
        });
  }
}
