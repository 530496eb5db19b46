package io.terrace.linearizability;

/**
 * The time within which an operation was done. That is from its call to its return, but that a read
 * through local tiers may have been done earlier: see {@link ReadBound}.
 *
 * @param toNanos {@link Long#MAX_VALUE} if it may be done at any time later
 */
record Span(Operation operation, long fromNanos, long toNanos) {
  static Span of(Operation operation) {
    boolean returned = operation.outcome() == Operation.Outcome.KNOWN;
    return new Span(
        operation, operation.callNanos(), returned ? operation.endNanos() : Long.MAX_VALUE);
  }

  /** The same operation, perhaps done before it was called. */
  Span since(long earlierNanos) {
    return new Span(operation, Math.min(earlierNanos, fromNanos), toNanos);
  }

  /** Whether it may have been done before it was called. */
  boolean isRelaxed() {
    return fromNanos < operation.callNanos();
  }

  /**
   * Whether it has to be done after another though their spans overlap: what a process reads is
   * never older than a change that it had made itself and that had returned (I4).
   */
  boolean mustFollow(Span other) {
    Operation change = other.operation;
    return isRelaxed()
        && change.process() == operation.process()
        && change.changed()
        && change.endNanos() <= operation.callNanos();
  }
}
