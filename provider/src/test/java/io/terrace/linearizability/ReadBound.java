package io.terrace.linearizability;

import java.time.Duration;
import java.util.List;

/**
 * How old what a plain {@code get} returns may be, where local tiers stand above the shared one. A
 * read may return what was current at some instant within {@code [call - bound, return]}.
 *
 * <p>That is linearizability again, with the span of the read begun earlier, so the same search
 * decides it: it looks for an order of all operations in which the strict ones stand within their
 * spans and the reads within theirs. It is the weakest sound form: no instant at which a change was
 * made needs to be known, and no order of the strict operations is fixed before the reads are
 * looked at. Beside it a read is never older than what its own process had changed before ({@link
 * Span#mustFollow}).
 *
 * <p>The bound is what {@link io.terrace.CoherenceSettings} promises: the heartbeat, with some time
 * for the message and a busy machine, and the lease where contact was lost. No machine is too busy
 * for the lease: it is looked at when a copy is served.
 *
 * @param inContact heartbeat and slack
 * @param lease how long copies are trusted without contact
 * @param outages when processes may have been without contact
 */
record ReadBound(Duration inContact, Duration lease, List<Outage> outages) {

  /**
   * A time without contact.
   *
   * @param process which process had none, or {@link #ALL}
   * @param fromNanos of {@link System#nanoTime}
   */
  record Outage(int process, long fromNanos, long toNanos) {
    static final int ALL = -1;

    boolean concerns(int reader) {
      return process == ALL || process == reader;
    }
  }

  /** The bound of tiers without local copies. */
  static final ReadBound STRICT = new ReadBound(Duration.ZERO, Duration.ZERO, List.of());

  /** The span of an operation; that of a plain read begins earlier than the call. */
  Span span(Operation operation) {
    Span strict = Span.of(operation);
    return isBounded(operation)
        ? strict.since(operation.callNanos() - boundNanos(operation))
        : strict;
  }

  /** Whether this is a plain read. */
  private static boolean isBounded(Operation operation) {
    return operation.kind() == Kind.GET;
  }

  /** The lease if the last contact before the read may have been before an outage. */
  private long boundNanos(Operation read) {
    long leaseAgo = read.callNanos() - lease.toNanos();
    for (Outage outage : outages) {
      if (outage.concerns(read.process())
          && outage.fromNanos() <= read.endNanos()
          && outage.toNanos() >= leaseAgo) {
        return lease.toNanos();
      }
    }
    return Math.min(inContact.toNanos(), lease.toNanos());
  }
}
