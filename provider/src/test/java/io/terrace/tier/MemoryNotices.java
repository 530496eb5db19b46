package io.terrace.tier;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The notices that stand on a server in memory. Thread safe. */
final class MemoryNotices {
  private final Map<Long, Long> numbers = new HashMap<>();
  private long last;

  /** The way of a process to the server. */
  @FunctionalInterface
  interface Way {
    /**
     * @param step what the process is about to do
     * @throws IOException if it does not reach the server
     */
    void reach(String step) throws IOException;
  }

  /** The notices as one process sees them. */
  NoticeBoard seenOver(Way way) {
    return new Board(way);
  }

  synchronized Map<Long, Long> all() {
    return Map.copyOf(numbers);
  }

  /** Puts up these and no others. */
  synchronized void restore(Map<Long, Long> known) {
    numbers.clear();
    numbers.putAll(known);
  }

  private synchronized void post(long process) {
    numbers.put(process, ++last);
  }

  private synchronized void withdraw(long process) {
    numbers.remove(process);
  }

  private synchronized boolean withdraw(long process, long number) {
    return numbers.remove(process, number);
  }

  private final class Board implements NoticeBoard {
    private final Way way;

    Board(Way way) {
      this.way = way;
    }

    @Override
    public void post(long process) throws IOException {
      way.reach("post");
      MemoryNotices.this.post(process);
    }

    @Override
    public void withdraw(long process) throws IOException {
      way.reach("withdraw");
      MemoryNotices.this.withdraw(process);
    }

    @Override
    public boolean withdraw(long process, long number) throws IOException {
      way.reach("withdraw");
      return MemoryNotices.this.withdraw(process, number);
    }

    @Override
    public Map<Long, Long> notices() throws IOException {
      way.reach("notices");
      return all();
    }
  }
}
