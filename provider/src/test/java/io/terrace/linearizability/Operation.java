package io.terrace.linearizability;

/**
 * What one thread did to one key, and what came of it. Immutable.
 *
 * <p>Times are of {@link System#nanoTime}. On Linux that is {@code CLOCK_MONOTONIC}, one clock for
 * all processes of a machine, so that times of several JVMs compare; it never goes back.
 *
 * @param id unique in its history
 * @param process which process, by its number
 * @param thread which thread of it
 * @param value the argument to be stored, or {@link #ABSENT}
 * @param expected the value compared with, or {@link #ABSENT}
 * @param callNanos before the call
 * @param endNanos after it returned; {@link Long#MAX_VALUE} if it never did
 * @param result what it answered as {@link Kind#answer} does; 0 unless the outcome is known
 */
record Operation(
    int id,
    int process,
    int thread,
    String key,
    Kind kind,
    long value,
    long expected,
    long callNanos,
    long endNanos,
    Outcome outcome,
    long result) {
  /** The register holds nothing; no value is 0. */
  static final long ABSENT = 0;

  /** A value that no result tells of and nothing is compared with: one stands for all of them. */
  static final long UNSEEN = -1;

  /** An entry processor counts on from what was put: so many values belong to one put. */
  static final long VALUES_PER_PUT = 10_000;

  /** What is known of an operation. */
  enum Outcome {
    /** It returned the result. */
    KNOWN,
    /** It failed, and said that nothing was changed. */
    FAILED,
    /** It may have been done, at any time after the call, or never. */
    UNKNOWN
  }

  long next(long state) {
    return kind.next(state, value, expected);
  }

  /** Whether the operation, done in this state, would have answered what it did. */
  boolean isExplainedBy(long state) {
    return outcome != Outcome.KNOWN || kind.answer(state, value, expected) == result;
  }

  /** Whether it is known to have changed the register. */
  boolean changed() {
    return outcome == Outcome.KNOWN && kind.changes(result);
  }

  /** The same with nothing known of what came of it. */
  Operation withUnknownOutcome() {
    return new Operation(
        id,
        process,
        thread,
        key,
        kind,
        value,
        expected,
        callNanos,
        Long.MAX_VALUE,
        Outcome.UNKNOWN,
        0);
  }

  /** One line for people, with times in microseconds from a beginning. */
  String describe(long originNanos) {
    String end =
        outcome == Outcome.KNOWN
            ? (endNanos - originNanos) / 1000 + " us] -> " + result
            : "...] " + outcome;
    return String.format(
        java.util.Locale.ROOT,
        "#%d process %d thread %d: %s %s value %d expected %d [%d .. %s",
        id,
        process,
        thread,
        kind,
        key,
        value,
        expected,
        (callNanos - originNanos) / 1000,
        end);
  }
}
