package io.terrace.linearizability;

import java.util.List;

/** What {@link Checker} found out about the operations of one key. */
sealed interface Verdict {

  /**
   * There is an order that explains all results.
   *
   * @param order one such order; operations of unknown outcome are in it as far as they are needed
   */
  record Linearizable(List<Operation> order) implements Verdict {}

  /**
   * There is none.
   *
   * @param stuck the first operation to return that no order of what came before explains
   * @param states what the register may have held when it returned
   */
  record Violated(Operation stuck, List<Long> states) implements Verdict {}

  /** The search was given up after so many configurations. */
  record Undecided(long configurations) implements Verdict {}
}
