package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;

/**
 * The fixed part of a record, as {@code docs/disk-format.md} describes it field by field.
 *
 * @param sequence the number of the record in the log, without gaps
 * @param version the entry's version; of a chunk, the number of its write
 * @param previousHashHigh the key hash of the record before this one
 * @param bodyBytes the length of the body in this record
 * @param bodyCrc CRC32C of the body in this record
 * @param entryBytes the length of the entry's whole body; of a chunk, its offset therein
 * @param entryCrc CRC32C of the entry's whole body
 * @param partsBytes of a manifest, the length of all records it names
 */
record RecordHeader(
    RecordType type,
    long sequence,
    long version,
    long hashHigh,
    long hashLow,
    long previousHashHigh,
    long previousHashLow,
    int keyBytes,
    int metadataBytes,
    int bodyBytes,
    int bodyCrc,
    long createdAtMillis,
    long expiresAtMillis,
    long entryBytes,
    int codecId,
    int entryCrc,
    long partsBytes) {

  /** The bytes before the body: what the header's checksum covers. */
  int prefixBytes() {
    return RecordCodec.HEADER_BYTES + keyBytes + metadataBytes;
  }

  /** The length of the whole record, padding included. */
  int recordBytes() {
    return RecordCodec.align(prefixBytes() + bodyBytes);
  }

  boolean hasHashOf(EntryKey key) {
    return hashLow == key.hashLow() && hashHigh == key.hashHigh();
  }
}
