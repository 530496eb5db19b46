package io.terrace.examples.fourtiers;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What was committed: the revision of each entry. Thread safe. */
final class Ledger {
  private final AtomicIntegerArray revisions;

  /**
   * @param entries how many, none of them written yet
   */
  Ledger(int entries) {
    revisions = new AtomicIntegerArray(entries);
  }

  int entries() {
    return revisions.length();
  }

  /** What comes next for a key. */
  Item next(int key) {
    return Item.of(key, revisions.get(key) + 1);
  }

  /** A write was acknowledged. */
  void committed(Item item) {
    revisions.set(item.number(), item.revision());
  }

  /** Whether a value is the last one that was committed. */
  boolean isLast(int key, Item item) {
    return item.is(key, revisions.get(key));
  }
}
