package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a long body, each verified as a whole before a byte of it is handed out. A
 * part that is wanted whole by a direct buffer is read straight into it; of any other a copy is
 * kept, so that reading on costs no second look at the file. Holds one buffer of the pool until
 * {@link #release}. Not thread safe.
 */
final class PartReader {
  private final RegionLog log;
  private final BufferPool pool;
  private final EntryKey key;
  private @Nullable ByteBuffer buffer;
  private long loadedLocation;
  private int loadedBody;

  PartReader(IndexedLog indexed, EntryKey key) {
    this.log = indexed.log();
    this.pool = indexed.pool();
    this.key = key;
  }

  /**
   * A record that holds a part.
   *
   * @param region pinned by the caller
   * @param entryOffset where in the whole body the part begins
   */
  record Part(Region region, long location, int recordBytes, int bodyBytes, long entryOffset) {
    long fileOffset() {
      return Location.offset(location);
    }

    /** Whether there is room for nothing but a header before the body. */
    boolean mayBeChunk() {
      return recordBytes == RecordCodec.align(RecordCodec.HEADER_BYTES + bodyBytes);
    }
  }

  /**
   * Copies bytes of a part, from the one at {@code entryOffset} of the whole body on.
   *
   * @return how many
   * @throws DamagedException if the part is not what was written; the target's position is then as
   *     it was
   */
  int read(Part part, long entryOffset, ByteBuffer target) throws IOException {
    int from = (int) (entryOffset - part.entryOffset);
    boolean straight =
        from == 0
            && target.isDirect()
            && target.remaining() >= part.bodyBytes
            && part.mayBeChunk()
            && part.location != loadedLocation;
    try {
      return straight ? readStraight(part, target) : readCopy(part, from, target);
    } catch (EOFException e) {
      throw new DamagedException(e.getMessage() + ", before the end of a part");
    }
  }

  private int readStraight(Part part, ByteBuffer target) throws IOException {
    loadedLocation = 0;
    ByteBuffer header = room(RecordCodec.HEADER_BYTES);
    part.region.read(header.limit(RecordCodec.HEADER_BYTES), part.fileOffset());
    if (RecordCodec.claimedPrefixBytes(header, 0, part.recordBytes) != RecordCodec.HEADER_BYTES) {
      return readCopy(part, 0, target); // an entry with a short key, or damage
    }
    int start = target.position();
    int limit = target.limit();
    boolean intact = false;
    try {
      RecordHeader expected = header(part, header);
      long bodyOffset = part.fileOffset() + expected.prefixBytes();
      part.region.read(target.limit(start + part.bodyBytes), bodyOffset);
      intact = RecordCodec.crc(target, start, part.bodyBytes) == expected.bodyCrc();
    } finally {
      target.limit(limit).position(intact ? start + part.bodyBytes : start);
    }
    if (!intact) {
      throw wrong(part);
    }
    return part.bodyBytes;
  }

  private int readCopy(Part part, int from, ByteBuffer target) throws IOException {
    ByteBuffer loaded = part.location == loadedLocation && buffer != null ? buffer : load(part);
    int count = Math.min(target.remaining(), part.bodyBytes - from);
    loaded.limit(loadedBody + from + count).position(loadedBody + from);
    target.put(loaded);
    loaded.clear();
    return count;
  }

  private ByteBuffer load(Part part) throws IOException {
    loadedLocation = 0;
    ByteBuffer loaded = room(part.recordBytes);
    part.region.read(loaded.limit(part.recordBytes), part.fileOffset());
    RecordHeader header = header(part, loaded);
    int start = header.prefixBytes();
    if (RecordCodec.crc(loaded, start, part.bodyBytes) != header.bodyCrc()) {
      throw wrong(part);
    }
    loaded.clear();
    loadedBody = start;
    loadedLocation = part.location;
    return loaded;
  }

  /** The header at the beginning of the buffer, if it is the one of this part. */
  private RecordHeader header(Part part, ByteBuffer bytes) throws DamagedException {
    int mask = log.mask(part.region.sequence(), part.fileOffset());
    RecordHeader header = RecordCodec.decode(bytes, 0, part.recordBytes, mask);
    if (header == null
        || (header.type() != RecordType.CHUNK && header.type() != RecordType.ENTRY)
        || !header.hasHashOf(key)
        || header.bodyBytes() != part.bodyBytes
        || header.recordBytes() != part.recordBytes) {
      throw wrong(part);
    }
    return header;
  }

  private static DamagedException wrong(Part part) {
    return new DamagedException("a wrong checksum of a part in " + part.region.path());
  }

  private ByteBuffer room(int bytes) {
    ByteBuffer present = buffer;
    if (present != null && present.capacity() >= bytes) {
      return present.clear();
    }
    release();
    ByteBuffer acquired = pool.acquire(bytes);
    buffer = acquired;
    return acquired;
  }

  /** Gives the buffer back; the reader can be used again. */
  void release() {
    loadedLocation = 0;
    if (buffer != null) {
      pool.release(buffer);
      buffer = null;
    }
  }
}
