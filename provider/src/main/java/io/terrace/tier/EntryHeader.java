package io.terrace.tier;

import io.terrace.Metadata;

/**
 * What a tier knows of an entry beside its body. Immutable.
 *
 * @param key the full key
 * @param version 64 bits, monotonic per key; {@link #UNASSIGNED} until the authority commits
 * @param createdAtMillis UTC milliseconds
 * @param expiresAtMillis UTC milliseconds; {@link #NEVER} for an eternal entry
 * @param bodyLength in bytes; {@link #UNKNOWN_LENGTH} while it is being written
 * @param codecId which codec reads the body
 * @param checksum CRC32C of the whole body; 0 while it is being written
 * @param metadata what the user said of the entry
 */
public record EntryHeader(
    EntryKey key,
    long version,
    long createdAtMillis,
    long expiresAtMillis,
    long bodyLength,
    int codecId,
    int checksum,
    Metadata metadata) {

  public static final long UNASSIGNED = 0;
  public static final long NEVER = Long.MAX_VALUE;
  public static final long UNKNOWN_LENGTH = -1;

  /** The end of a life that begins at {@code nowMillis}; {@link #NEVER} if none can be counted. */
  public static long deadline(long nowMillis, long lifeMillis) {
    long deadline = nowMillis + lifeMillis;
    return deadline < 0 ? NEVER : deadline;
  }

  /** Whether the entry may no longer be served at {@code nowMillis}. */
  public boolean isExpiredAt(long nowMillis) {
    return expiresAtMillis <= nowMillis;
  }

  public EntryHeader withVersion(long newVersion) {
    return new EntryHeader(
        key, newVersion, createdAtMillis, expiresAtMillis, bodyLength, codecId, checksum, metadata);
  }

  public EntryHeader withExpiry(long newExpiresAtMillis) {
    return new EntryHeader(
        key, version, createdAtMillis, newExpiresAtMillis, bodyLength, codecId, checksum, metadata);
  }

  /** The header of the finished body. */
  public EntryHeader withBody(long newBodyLength, int newChecksum) {
    return new EntryHeader(
        key,
        version,
        createdAtMillis,
        expiresAtMillis,
        newBodyLength,
        codecId,
        newChecksum,
        metadata);
  }
}
