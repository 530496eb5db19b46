package io.terrace.linearizability;

import static io.terrace.linearizability.Operation.ABSENT;
import static io.terrace.linearizability.Operation.UNSEEN;

/**
 * The operations of a key, as a sequential program on one register: what each leaves there and what
 * it answers. A truth value is 1 or 0; an answer that is no value is 0, as {@link
 * Operation#ABSENT}.
 */
enum Kind {
  GET(Changes.NEVER, (state, value, expected) -> state, (state, value, expected) -> state),
  PUT(Changes.ALWAYS, (state, value, expected) -> value, (state, value, expected) -> 0),
  REMOVE(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> ABSENT,
      (state, value, expected) -> truth(state != ABSENT)),
  PUT_IF_ABSENT(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> state == ABSENT ? value : state,
      (state, value, expected) -> truth(state == ABSENT)),
  REPLACE(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> state == ABSENT ? ABSENT : value,
      (state, value, expected) -> truth(state != ABSENT)),
  REPLACE_IF(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> state == expected ? value : state,
      (state, value, expected) -> truth(state == expected)),
  REMOVE_IF(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> state == expected ? ABSENT : state,
      (state, value, expected) -> truth(state == expected)),
  GET_AND_PUT(Changes.ALWAYS, (state, value, expected) -> value, (state, value, expected) -> state),
  GET_AND_REMOVE(
      Changes.IF_IT_SAYS_SO, (state, value, expected) -> ABSENT, (state, value, expected) -> state),
  GET_AND_REPLACE(
      Changes.IF_IT_SAYS_SO,
      (state, value, expected) -> state == ABSENT ? ABSENT : value,
      (state, value, expected) -> state),
  /** An entry processor that adds one to a value, or sets one, and returns what it found. */
  INVOKE(
      Changes.ALWAYS,
      (state, value, expected) -> state == ABSENT ? value : state == UNSEEN ? UNSEEN : state + 1,
      (state, value, expected) -> state),
  /** An entry processor that returns what it found. */
  INVOKE_GET(Changes.NEVER, (state, value, expected) -> state, (state, value, expected) -> state);

  private enum Changes {
    NEVER,
    ALWAYS,
    /** If the answer is not 0. */
    IF_IT_SAYS_SO
  }

  @FunctionalInterface
  private interface Step {
    long of(long state, long value, long expected);
  }

  private final Changes changes;

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final Step next;

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final Step answer;

  Kind(Changes changes, Step next, Step answer) {
    this.changes = changes;
    this.next = next;
    this.answer = answer;
  }

  private static long truth(boolean holds) {
    return holds ? 1 : 0;
  }

  /** What the register holds afterwards. */
  long next(long state, long value, long expected) {
    return next.of(state, value, expected);
  }

  long answer(long state, long value, long expected) {
    return answer.of(state, value, expected);
  }

  /** Whether there is a state that the operation changes. */
  boolean mayChange() {
    return changes != Changes.NEVER;
  }

  /** Whether an operation that answered this changed the register, whatever it held. */
  boolean changes(long result) {
    return changes == Changes.ALWAYS || (changes == Changes.IF_IT_SAYS_SO && result != 0);
  }
}
