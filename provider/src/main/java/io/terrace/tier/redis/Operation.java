package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.nio.ByteBuffer;

/**
 * One operation on a key, as {@code change.lua} takes it. The arrays belong to it.
 *
 * @param arguments its six arguments
 */
@SuppressWarnings("ArrayRecordComponent") // neither compared nor shown
record Operation(EntryKey key, byte[][] arguments) {
  /** What an operation takes in a command beside its key and arguments, at most. */
  private static final int OVERHEAD_BYTES = 512;

  private static final byte[] NOTHING = new byte[0];

  /**
   * Puts an entry.
   *
   * @param version to commit under, or {@link EntryHeader#UNASSIGNED}
   * @param value header and inline body
   */
  static Operation put(
      EntryKey key, Condition condition, long version, long ttlMillis, byte[] value) {
    return of(
        key,
        "P",
        letter(condition),
        number(condition.version()),
        number(version),
        number(ttlMillis),
        value);
  }

  static Operation purge(EntryKey key, PurgeReason reason, Condition condition) {
    String why = reason == PurgeReason.EXPIRY ? "X" : "R";
    return of(
        key,
        "D",
        letter(condition),
        number(condition.version()),
        ascii(why),
        hash(key).array(),
        NOTHING);
  }

  /** Sets the deadline of the entry of this version. */
  static Operation expireAt(EntryKey key, long version, long expiresAtMillis, long ttlMillis) {
    ByteBuffer deadline = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
    deadline.putLong(expiresAtMillis).putInt(HeaderCodec.deadlineCheck(expiresAtMillis, key));
    return of(
        key,
        "T",
        ascii("V"),
        number(version),
        deadline.array(),
        number(ttlMillis),
        hash(key).array());
  }

  /**
   * Replaces the header of an entry by another of the same version.
   *
   * @param old the header, and the freshness it was seen with
   * @param tells whether what others hold is out of date by it
   */
  static Operation update(
      StoredHeader old, boolean seenStale, boolean tells, long ttlMillis, byte[] header) {
    ByteBuffer checks = ByteBuffer.allocate(Long.BYTES + 1);
    checks.putLong(old.checks()).put((byte) (seenStale ? 'S' : 'F'));
    return of(
        old.header().key(),
        "H",
        ascii(tells ? "T" : "S"),
        number(old.header().version()),
        checks.array(),
        number(ttlMillis),
        header);
  }

  private static Operation of(EntryKey key, String kind, byte[]... rest) {
    byte[][] arguments = new byte[rest.length + 1][];
    arguments[0] = ascii(kind);
    System.arraycopy(rest, 0, arguments, 1, rest.length);
    return new Operation(key, arguments);
  }

  private static byte[] letter(Condition condition) {
    return ascii(
        switch (condition.kind()) {
          case ALWAYS -> "A";
          case ABSENT -> "N";
          case PRESENT -> "P";
          case VERSION_IS -> "V";
          case OLDER_THAN -> "O";
          case LEASED -> "L";
          case ANNOUNCED -> "U";
        });
  }

  static ByteBuffer hash(EntryKey key) {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(key.hashHigh()).putLong(key.hashLow());
  }

  static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  static byte[] number(long number) {
    return ascii(Long.toString(number));
  }

  /** What a put of a key takes in a command beside its value: at most. */
  static long overheadBytes(EntryKey key) {
    // The names of entry and lease, and the message.
    return OVERHEAD_BYTES + 3L * key.bytes().length;
  }

  /** What it takes in a command and the message that the command makes: at most. */
  long bytes() {
    long bytes = overheadBytes(key);
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    return bytes;
  }

  /**
   * What became of it.
   *
   * @param version the one that was given or removed, or, if it was refused, that of the entry
   */
  record Outcome(Status status, long version) {}

  /** How it ended. */
  enum Status {
    REFUSED,
    DONE,
    /** The header is not the one that was to be replaced. */
    HEADER_CHANGED,
    CHUNKS_MISSING
  }
}
