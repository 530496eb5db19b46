package io.terrace.jcache.event;

import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/** Some of a cache's keys: the lock that orders their changes, and the lanes of their events. */
public final class Stripe {
  final ReentrantLock lock = new ReentrantLock();
  final SyncLane sync = new SyncLane();
  final AsyncLane async;

  Stripe(Executor workers) {
    async = new AsyncLane(workers);
  }
}
