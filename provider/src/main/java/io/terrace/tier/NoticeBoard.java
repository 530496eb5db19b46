package io.terrace.tier;

import java.io.IOException;
import java.util.Map;

/**
 * Where processes that share a tier tell one another what nothing else would tell: each has one
 * notice or none. A notice is as durable as the entries, and no entry: {@link Tier#clear} leaves
 * it. If nobody renews or withdraws it for a day, it may go by itself. Thread safe. Every method
 * blocks for a round trip or two, since nothing is cached; one that changes something and fails may
 * have done it all the same, and may be called again.
 */
public interface NoticeBoard {

  /**
   * Puts up the notice of a process, or renews it: it gets another number than it ever had.
   *
   * @param process any number that no other process has
   */
  void post(long process) throws IOException;

  /** Takes the notice of a process down, whatever its number. No effect if there is none. */
  void withdraw(long process) throws IOException;

  /**
   * Takes it down if it still has this number; whether it had.
   *
   * @throws IOException also if it is not there with this number any more, and nobody can tell
   *     whether this call did it
   */
  boolean withdraw(long process, long number) throws IOException;

  /**
   * The numbers of all notices by process, as they are now (strongly consistent). A damaged notice
   * is one, too, with some number. Not changed by anyone.
   */
  Map<Long, Long> notices() throws IOException;
}
