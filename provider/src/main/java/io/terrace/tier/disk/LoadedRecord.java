package io.terrace.tier.disk;

import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A record in memory, its checksums verified: all of it, or everything before the body. Holds a
 * buffer of the pool until it is closed, exactly once; what was taken out by then is a copy, except
 * for {@link #body}. Not thread safe.
 */
final class LoadedRecord implements AutoCloseable {
  private static final int PREFIX_GUESS_BYTES = 512;

  private final BufferPool pool;
  private final RecordHeader header;

  /** From 0 to the limit. */
  private final ByteBuffer record;

  private LoadedRecord(BufferPool pool, RecordHeader header, ByteBuffer record) {
    this.pool = pool;
    this.header = header;
    this.record = record;
  }

  RecordHeader header() {
    return header;
  }

  /**
   * Reads a whole record of an entry; the caller has pinned the region.
   *
   * @throws DamagedException if it is not the record that the index knows
   */
  static LoadedRecord entry(
      RegionLog log, BufferPool pool, Region region, IndexEntry entry, long high, long low)
      throws IOException {
    ByteBuffer record = read(pool, region, Location.offset(entry.location()), entry.recordBytes());
    LoadedRecord loaded = decode(log, pool, region, entry.location(), record);
    if (loaded.header.recordBytes() != entry.recordBytes() || !loaded.isOf(entry, high, low)) {
      loaded.close();
      throw new DamagedException("another record than expected in " + region.path());
    }
    if (!loaded.hasIntactBody()) {
      loaded.close();
      throw new DamagedException("a wrong checksum of a body in " + region.path());
    }
    return loaded;
  }

  /** Reads everything of an entry's record but the body. */
  static LoadedRecord prefix(
      RegionLog log, BufferPool pool, Region region, IndexEntry entry, long high, long low)
      throws IOException {
    long offset = Location.offset(entry.location());
    int guess = Math.min(entry.recordBytes(), PREFIX_GUESS_BYTES);
    ByteBuffer record = read(pool, region, offset, guess);
    int claimed = RecordCodec.claimedPrefixBytes(record, 0, entry.recordBytes());
    if (claimed > guess) {
      pool.release(record);
      record = read(pool, region, offset, claimed);
    }
    LoadedRecord loaded = decode(log, pool, region, entry.location(), record);
    if (!loaded.isOf(entry, high, low)) {
      loaded.close();
      throw new DamagedException("another record than expected in " + region.path());
    }
    return loaded;
  }

  private static LoadedRecord decode(
      RegionLog log, BufferPool pool, Region region, long location, ByteBuffer record)
      throws DamagedException {
    int mask = log.mask(region.sequence(), Location.offset(location));
    RecordHeader header = RecordCodec.decode(record, 0, Location.MAX_REGION_BYTES, mask);
    if (header == null) {
      pool.release(record);
      throw new DamagedException("a wrong checksum of a header in " + region.path());
    }
    return new LoadedRecord(pool, header, record);
  }

  private static ByteBuffer read(BufferPool pool, Region region, long offset, int length)
      throws IOException {
    ByteBuffer buffer = pool.acquire(length);
    boolean complete = false;
    try {
      region.read(buffer.limit(length), offset);
      complete = true;
      return buffer.rewind();
    } catch (EOFException e) {
      throw new DamagedException(e.getMessage() + ", before the end of a record");
    } finally {
      if (!complete) {
        pool.release(buffer);
      }
    }
  }

  private boolean isOf(IndexEntry entry, long high, long low) {
    return header.hashHigh() == high
        && header.hashLow() == low
        && header.version() == entry.version()
        && header.type() == (entry.isLong() ? RecordType.MANIFEST : RecordType.ENTRY);
  }

  private boolean hasIntactBody() {
    return RecordCodec.crc(record, header.prefixBytes(), header.bodyBytes()) == header.bodyCrc();
  }

  boolean hasKey(EntryKey key) {
    byte[] expected = key.bytes();
    return header.keyBytes() == expected.length
        && record
            .slice(RecordCodec.HEADER_BYTES, expected.length)
            .equals(ByteBuffer.wrap(expected));
  }

  /** The key, copied out of the record. */
  EntryKey key() {
    byte[] key = copy(RecordCodec.HEADER_BYTES, header.keyBytes());
    return new EntryKey(key, header.hashHigh(), header.hashLow());
  }

  /** The header of the entry, whose key the caller knows or took from {@link #key()}. */
  EntryHeader entryHeader(EntryKey key) throws DamagedException {
    Metadata metadata = metadata();
    return new EntryHeader(
        key,
        header.version(),
        header.createdAtMillis(),
        header.expiresAtMillis(),
        header.entryBytes(),
        header.codecId(),
        header.entryCrc(),
        metadata);
  }

  private Metadata metadata() throws DamagedException {
    if (header.metadataBytes() == 0) {
      return Metadata.NONE;
    }
    byte[] bytes = copy(RecordCodec.HEADER_BYTES + header.keyBytes(), header.metadataBytes());
    Metadata metadata = MetadataCodec.decode(bytes, 0, bytes.length);
    if (metadata == null) {
      throw new DamagedException("unreadable metadata");
    }
    return metadata;
  }

  private byte[] copy(int from, int length) {
    byte[] bytes = new byte[length];
    record.get(from, bytes);
    return bytes;
  }

  /** What a manifest lists. */
  Parts parts() throws DamagedException {
    Parts parts =
        Parts.decode(record, header.prefixBytes(), header.bodyBytes(), header.entryBytes());
    if (parts == null) {
      throw new DamagedException("an impossible list of parts");
    }
    return parts;
  }

  /** The body, until this is closed. */
  ByteBuffer body() {
    return record.slice(header.prefixBytes(), header.bodyBytes());
  }

  @Override
  public void close() {
    pool.release(record);
  }
}
