package io.terrace.tier.disk;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.MetadataCodec;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Makes whole records of entries in buffers of the pool, ready to be appended from position 0. */
final class EntryRecord {
  private EntryRecord() {}

  /** An entry with its body. The caller releases the buffer. */
  static ByteBuffer inline(BufferPool pool, EntryHeader header, ByteBuffer body) {
    byte[] metadata = MetadataCodec.encode(header);
    byte[] key = header.key().bytes();
    int bodyStart = RecordCodec.HEADER_BYTES + key.length + metadata.length;
    int length = body.remaining();
    ByteBuffer record = pool.acquire(RecordCodec.align(bodyStart + length));
    putPrefix(record, key, metadata);
    record.put(bodyStart, body, body.position(), length);
    seal(record, RecordType.ENTRY, header, key.length, metadata.length, length, 0);
    return record;
  }

  /** An entry whose body lies in other records. The caller releases the buffer. */
  static ByteBuffer manifest(BufferPool pool, EntryHeader header, Parts parts) {
    byte[] metadata = MetadataCodec.encode(header);
    byte[] key = header.key().bytes();
    int bodyStart = RecordCodec.HEADER_BYTES + key.length + metadata.length;
    ByteBuffer record = pool.acquire(RecordCodec.align(bodyStart + parts.encodedBytes()));
    putPrefix(record, key, metadata);
    parts.encode(record, bodyStart);
    seal(
        record,
        RecordType.MANIFEST,
        header,
        key.length,
        metadata.length,
        parts.encodedBytes(),
        parts.totalRecordBytes());
    return record;
  }

  static void putPrefix(ByteBuffer record, byte[] key, byte[] metadata) {
    record.put(RecordCodec.HEADER_BYTES, key);
    record.put(RecordCodec.HEADER_BYTES + key.length, metadata);
  }

  private static void seal(
      ByteBuffer record,
      RecordType type,
      EntryHeader header,
      int keyBytes,
      int metadataBytes,
      int bodyBytes,
      long partsBytes) {
    int bodyStart = RecordCodec.HEADER_BYTES + keyBytes + metadataBytes;
    CRC32C crc = new CRC32C();
    RecordCodec.update(crc, record, bodyStart, bodyBytes);
    RecordCodec.prepareEntry(
        record,
        0,
        type,
        header,
        new RecordCodec.Lengths(
            keyBytes, metadataBytes, bodyBytes, (int) crc.getValue(), partsBytes));
  }
}
