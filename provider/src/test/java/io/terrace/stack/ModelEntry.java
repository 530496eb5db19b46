package io.terrace.stack;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import java.util.zip.CRC32C;

/** What a key of a {@link StreamModel} should hold. */
final class ModelEntry {
  final byte[] body;

  /** When it was written, in the order of all writes and purges by tag. */
  final long writtenAt;

  long expiresAtMillis;
  Metadata metadata;
  boolean stale;

  /** The authority dropped it for room; copies above may go on to be served. */
  boolean evicted;

  ModelEntry(byte[] body, Metadata metadata, long writtenAt, long expiresAtMillis) {
    this.body = body;
    this.metadata = metadata;
    this.writtenAt = writtenAt;
    this.expiresAtMillis = expiresAtMillis;
  }

  /** Whether operations that look at the authority find it. */
  boolean isFound() {
    return !stale && !evicted;
  }

  boolean isHeldAs(EntryHeader header) {
    return header.bodyLength() == body.length
        && header.checksum() == checksum(body)
        && header.expiresAtMillis() == expiresAtMillis
        && header.metadata().equals(metadata)
        && (header.freshness() == Freshness.STALE) == stale;
  }

  private static int checksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  /** A fresh copy, written again. */
  ModelEntry renewed(long at) {
    return new ModelEntry(body, metadata, at, expiresAtMillis);
  }

  ModelEntry copy() {
    ModelEntry copy = new ModelEntry(body, metadata, writtenAt, expiresAtMillis);
    copy.stale = stale;
    copy.evicted = evicted;
    return copy;
  }
}
