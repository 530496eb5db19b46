package io.terrace.stack;

import io.terrace.tier.Resident;
import java.util.function.BooleanSupplier;

/** Hears of what a stack does on its own account. Called outside every lock. */
public interface StackListener<K, V> {

  /**
   * An entry was found past its deadline. It is removed by running {@code removal}, which returns
   * whether the entry was still there; a listener that does not run it leaves the entry for others
   * to find. So the listener can put the removal in one order with changes of its own.
   */
  void expired(K key, Resident<V> resident, BooleanSupplier removal);
}
