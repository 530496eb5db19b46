package io.terrace.tier.disk;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.MetadataCodec;
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
  private final RecordType type;

  /** From 0 to the limit. */
  private final ByteBuffer record;

  private LoadedRecord(BufferPool pool, RecordType type, ByteBuffer record) {
    this.pool = pool;
    this.type = type;
    this.record = record;
  }

  int bodyBytes() {
    return RecordCodec.bodyBytes(record, 0);
  }

  long expiresAtMillis() {
    return RecordCodec.expiresAtMillis(record, 0);
  }

  /**
   * Reads a whole record of an entry.
   *
   * @throws DamagedException if it is not the record that the index knows
   * @throws IOException if it cannot be read, for one because the region was not pinned and is gone
   */
  static LoadedRecord entry(
      RegionLog log, BufferPool pool, Region region, IndexEntry entry, long high, long low)
      throws IOException {
    ByteBuffer record = read(pool, region, Location.offset(entry.location()), entry.recordBytes());
    LoadedRecord loaded = decode(log, pool, region, entry.location(), record);
    if (RecordCodec.recordBytes(record, 0) != entry.recordBytes()
        || !loaded.isOf(entry, high, low)) {
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
    RecordType type = RecordCodec.intactType(record, 0, Location.MAX_REGION_BYTES, mask);
    if (type == null) {
      pool.release(record);
      throw new DamagedException("a wrong checksum of a header in " + region.path());
    }
    return new LoadedRecord(pool, type, record);
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
    return RecordCodec.hashHigh(record, 0) == high
        && RecordCodec.hashLow(record, 0) == low
        && RecordCodec.version(record, 0) == entry.version()
        && type == (entry.isLong() ? RecordType.MANIFEST : RecordType.ENTRY);
  }

  private boolean hasIntactBody() {
    int start = RecordCodec.prefixBytes(record, 0);
    return RecordCodec.crc(record, start, bodyBytes()) == RecordCodec.bodyCrc(record, 0);
  }

  boolean hasKey(EntryKey key) {
    byte[] expected = key.bytes();
    return RecordCodec.keyBytes(record, 0) == expected.length
        && record
            .slice(RecordCodec.HEADER_BYTES, expected.length)
            .equals(ByteBuffer.wrap(expected));
  }

  /** The key, copied out of the record. */
  EntryKey key() {
    byte[] key = copy(RecordCodec.HEADER_BYTES, RecordCodec.keyBytes(record, 0));
    return new EntryKey(key, RecordCodec.hashHigh(record, 0), RecordCodec.hashLow(record, 0));
  }

  /** The header of the entry, whose key the caller knows or took from {@link #key()}. */
  EntryHeader entryHeader(EntryKey key) throws DamagedException {
    MetadataCodec.Described described = described();
    return new EntryHeader(
        key,
        RecordCodec.version(record, 0),
        RecordCodec.createdAtMillis(record, 0),
        RecordCodec.expiresAtMillis(record, 0),
        RecordCodec.entryBytes(record, 0),
        RecordCodec.codecId(record, 0),
        RecordCodec.entryCrc(record, 0),
        described.metadata(),
        described.digest(),
        described.freshness());
  }

  private MetadataCodec.Described described() throws DamagedException {
    int length = RecordCodec.metadataBytes(record, 0);
    if (length == 0) {
      return MetadataCodec.Described.NOTHING;
    }
    int start = RecordCodec.HEADER_BYTES + RecordCodec.keyBytes(record, 0);
    MetadataCodec.Described described = MetadataCodec.decode(copy(start, length), 0, length);
    if (described == null) {
      throw new DamagedException("unreadable metadata");
    }
    return described;
  }

  private byte[] copy(int from, int length) {
    byte[] bytes = new byte[length];
    record.get(from, bytes);
    return bytes;
  }

  /** What a manifest lists. */
  Parts parts() throws DamagedException {
    Parts parts =
        Parts.decode(
            record,
            RecordCodec.prefixBytes(record, 0),
            bodyBytes(),
            RecordCodec.entryBytes(record, 0));
    if (parts == null) {
      throw new DamagedException("an impossible list of parts");
    }
    return parts;
  }

  /** The body, until this is closed. */
  ByteBuffer body() {
    return record.slice(RecordCodec.prefixBytes(record, 0), bodyBytes());
  }

  @Override
  public void close() {
    pool.release(record);
  }
}
