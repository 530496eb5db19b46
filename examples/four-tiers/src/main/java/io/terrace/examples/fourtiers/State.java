package io.terrace.examples.fourtiers;

/**
 * What was read while the tiers were in one state.
 *
 * @param name what they are like
 * @param entries reads of small entries
 * @param large a reading of the large object
 */
record State(String name, EntryReads entries, LargeObject.Reading large) {

  /** Whether all that was read is what was committed last. */
  boolean isRight() {
    return entries.failed() == 0 && entries.wrong() == 0 && large.isRight();
  }
}
