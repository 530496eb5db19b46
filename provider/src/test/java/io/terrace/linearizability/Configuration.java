package io.terrace.linearizability;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which operations were done so far, by their places in the history, and what the register holds
 * then; with the way there. The sets are not to be changed.
 *
 * @param changed those known to have changed the register
 * @param seen those known to have left it as it was
 * @param guessed those of unknown outcome that were done in this attempt
 * @param before where the last step started from; null at the beginning
 * @param step the operations of the last step, in their order
 */
record Configuration(
    long state,
    BitSet changed,
    BitSet seen,
    BitSet guessed,
    @Nullable Configuration before,
    List<Integer> step) {

  /** The empty register, before anything was done. */
  static Configuration initial() {
    return new Configuration(
        Operation.ABSENT, new BitSet(), new BitSet(), new BitSet(), null, List.of());
  }

  /** Whether the operation at this place of the history is done. */
  boolean has(int place) {
    return changed.get(place) || seen.get(place) || guessed.get(place);
  }

  /**
   * Whether everything that can follow the other can follow this one, provided that both have the
   * same state and changes: it has seen whatever the other has, and has guessed nothing more.
   */
  boolean covers(Configuration other) {
    return contains(seen, other.seen) && contains(other.guessed, guessed);
  }

  private static boolean contains(BitSet all, BitSet some) {
    BitSet missing = (BitSet) some.clone();
    missing.andNot(all);
    return missing.isEmpty();
  }

  /** The places of what was done, in order. */
  List<Integer> order() {
    Deque<Integer> order = new ArrayDeque<>();
    for (Configuration at = this; at != null; at = at.before) {
      for (int i = at.step.size() - 1; i >= 0; i--) {
        order.addFirst(at.step.get(i));
      }
    }
    return List.copyOf(order);
  }
}
