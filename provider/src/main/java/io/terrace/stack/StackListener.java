package io.terrace.stack;

import io.terrace.TierEvent;
import io.terrace.tier.Change;
import io.terrace.tier.Resident;
import java.util.function.BooleanSupplier;

/** Hears of what a stack does on its own account. Called outside every lock. */
public interface StackListener<K, V> {

  /**
   * An entry was found past its deadline. It is removed by running {@code removal}, which returns
   * whether the entry was still there; a listener that does not run it leaves the entry for others
   * to find. So the listener can put the removal in one order with changes of its own.
   *
   * @param resident of a stream nothing is open: its value is what {@link Stack#retained} says
   */
  void expired(K key, Resident<V> resident, BooleanSupplier removal);

  /** Whether anybody wants to hear of {@link #changedByOthers}. */
  default boolean hearsOthers() {
    return false;
  }

  /**
   * Another process changed a key of the shared tier, and the local copies follow it. Called by one
   * thread at a time, in the order of the changes of each key; must not block.
   */
  default void changedByOthers(Change.Kind kind, K key) {}

  /** Whether anybody wants to hear of {@link #happened}: a stack need not find out otherwise. */
  default boolean hearsTiers() {
    return false;
  }

  /** Something happened in one tier; called after it did, in the thread that did it. */
  default void happened(TierEventKind kind, TierEvent<K> event) {}
}
