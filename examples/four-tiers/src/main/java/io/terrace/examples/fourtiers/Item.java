package io.terrace.examples.fourtiers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Serial;
import java.io.Serializable;
import java.util.zip.CRC32C;

/**
 * The value of an entry.
 *
 * @param number its key
 * @param revision counts its updates, from 1
 * @param text some 100 characters
 * @param checksum of all that
 */
record Item(int number, int revision, String text, long checksum) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  static Item of(int number, int revision) {
    String text = ("item " + number + ", revision " + revision + "; ").repeat(4);
    return new Item(number, revision, text, checksum(number, revision, text));
  }

  /** Whether this is what was written as that revision of that entry. */
  boolean is(int expectedNumber, int expectedRevision) {
    return number == expectedNumber
        && revision == expectedRevision
        && checksum == checksum(number, revision, text);
  }

  private static long checksum(int number, int revision, String text) {
    CRC32C sum = new CRC32C();
    sum.update((number + " " + revision + " " + text).getBytes(UTF_8));
    return sum.getValue();
  }
}
