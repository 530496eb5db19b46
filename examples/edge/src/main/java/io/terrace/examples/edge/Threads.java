package io.terrace.examples.edge;

import java.io.IOException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Starts and stops servers, on threads that do not keep the process alive. */
final class Threads {
  private Threads() {}

  static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "edge-download");
    thread.setDaemon(true);
    return thread;
  }

  static QueuedThreadPool pool(String name, int maxThreads) {
    QueuedThreadPool pool = new QueuedThreadPool(maxThreads);
    pool.setName(name);
    pool.setDaemon(true);
    return pool;
  }

  /**
   * @throws IOException if the port cannot be had
   */
  static void start(Server server) throws IOException {
    try {
      server.start();
    } catch (IOException e) {
      stop(server);
      throw e;
    } catch (Exception e) {
      stop(server);
      throw new IllegalStateException("the server does not start", e);
    }
  }

  static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server does not stop", e);
    }
  }
}
