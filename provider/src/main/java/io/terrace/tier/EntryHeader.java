package io.terrace.tier;

import io.terrace.BodyDigest;
import io.terrace.Freshness;
import io.terrace.Metadata;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

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
 * @param digest of the whole body; null where none is made
 * @param freshness whether a soft purge hit the entry
 */
public record EntryHeader(
    EntryKey key,
    long version,
    long createdAtMillis,
    long expiresAtMillis,
    long bodyLength,
    int codecId,
    int checksum,
    Metadata metadata,
    @Nullable BodyDigest digest,
    Freshness freshness) {

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

  /** The header of an entry that is about to be written, with nothing known of its body. */
  public static EntryHeader of(
      EntryKey key, long createdAtMillis, long expiresAtMillis, int codecId, Metadata metadata) {
    return new EntryHeader(
        key,
        UNASSIGNED,
        createdAtMillis,
        expiresAtMillis,
        UNKNOWN_LENGTH,
        codecId,
        0,
        metadata,
        null,
        Freshness.FRESH);
  }

  public EntryHeader withVersion(long newVersion) {
    return new EntryHeader(
        key,
        newVersion,
        createdAtMillis,
        expiresAtMillis,
        bodyLength,
        codecId,
        checksum,
        metadata,
        digest,
        freshness);
  }

  public EntryHeader withExpiry(long newExpiresAtMillis) {
    return withLife(createdAtMillis, newExpiresAtMillis);
  }

  /** The header with other times, both in UTC milliseconds. */
  public EntryHeader withLife(long newCreatedAtMillis, long newExpiresAtMillis) {
    return new EntryHeader(
        key,
        version,
        newCreatedAtMillis,
        newExpiresAtMillis,
        bodyLength,
        codecId,
        checksum,
        metadata,
        digest,
        freshness);
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
        metadata,
        digest,
        freshness);
  }

  /** The header with the length of the body, or {@link #UNKNOWN_LENGTH}. */
  public EntryHeader withBodyLength(long newBodyLength) {
    return withBody(newBodyLength, checksum);
  }

  /**
   * The header of a write that was opened with this one, and of which more is known now: as {@link
   * WriteHandle#amend} says. What was said of the body before counts.
   */
  public EntryHeader amendedBy(EntryHeader amended) {
    return new EntryHeader(
        key,
        version,
        amended.createdAtMillis,
        amended.expiresAtMillis,
        bodyLength != UNKNOWN_LENGTH ? bodyLength : amended.bodyLength,
        codecId,
        checksum != 0 ? checksum : amended.checksum,
        amended.metadata,
        amended.digest,
        amended.freshness);
  }

  /**
   * The header of a body as it turned out.
   *
   * @throws IOException if this header announced another length or checksum
   */
  public EntryHeader completedBy(long writtenBytes, int writtenChecksum) throws IOException {
    if (bodyLength != UNKNOWN_LENGTH && bodyLength != writtenBytes) {
      throw new IOException(
          "the body has " + writtenBytes + " bytes, announced were " + bodyLength);
    }
    if (checksum != 0 && checksum != writtenChecksum) {
      throw new IOException("the body does not have the announced checksum");
    }
    return withBody(writtenBytes, writtenChecksum);
  }

  public EntryHeader withDigest(@Nullable BodyDigest newDigest) {
    return new EntryHeader(
        key,
        version,
        createdAtMillis,
        expiresAtMillis,
        bodyLength,
        codecId,
        checksum,
        metadata,
        newDigest,
        freshness);
  }

  public EntryHeader withFreshness(Freshness newFreshness) {
    return new EntryHeader(
        key,
        version,
        createdAtMillis,
        expiresAtMillis,
        bodyLength,
        codecId,
        checksum,
        metadata,
        digest,
        newFreshness);
  }
}
