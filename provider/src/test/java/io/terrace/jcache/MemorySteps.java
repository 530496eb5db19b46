package io.terrace.jcache;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Says how long a step of a program took, and what memory outside of the heap there is then. */
final class MemorySteps {
  private MemorySteps() {}

  /** What is measured. */
  interface Step {
    void run() throws Exception;
  }

  static void tell(String what, Step step) throws Exception {
    long start = System.nanoTime();
    step.run();
    System.out.printf(
        Locale.ROOT,
        "%s in %.1f s; direct buffers %,d KiB%n",
        what,
        (System.nanoTime() - start) / 1e9,
        directBytes() >> 10);
  }

  /** What direct buffers take now, in bytes. */
  static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .findFirst()
        .orElseThrow()
        .getMemoryUsed();
  }
}
