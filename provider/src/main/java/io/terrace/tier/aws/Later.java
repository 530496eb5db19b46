package io.terrace.tier.aws;

import java.io.Closeable;
import java.time.Duration;

/** Runs what is to be done later. Thread safe. */
interface Later extends Closeable {

  /** Runs a task once, not before the delay is over; never, if it is closed before. */
  void run(Duration delay, Runnable task);

  /** Forgets what has not begun, and waits for what has. */
  @Override
  void close();
}
