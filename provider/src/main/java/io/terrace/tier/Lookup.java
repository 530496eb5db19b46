package io.terrace.tier;

/** The answer of one tier to one key. Whoever receives a {@link Hit} owns and closes its body. */
public sealed interface Lookup {

  /** The tier holds the key. Expired entries are hits too: the asker checks the deadline. */
  record Hit(EntryHeader header, ReadHandle body) implements Lookup {}

  /** The tier does not hold the key. */
  record Miss() implements Lookup {}

  /** The tier could not answer, which says nothing about the key. */
  record Skipped(SkipReason reason, String detail) implements Lookup {}

  /** The only miss there need be. */
  Miss MISS = new Miss();
}
