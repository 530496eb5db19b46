package io.terrace.tier.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The records that hold a long body, in its order: what a manifest lists. 16 bytes a part:
 * location, length of the record, length of the body in it. Not thread safe.
 */
final class Parts {
  static final int PART_BYTES = 16;

  private long[] locations = new long[8];
  private int[] recordBytes = new int[8];
  private int[] bodyBytes = new int[8];
  private int count;

  void add(long location, int record, int body) {
    if (count == locations.length) {
      locations = Arrays.copyOf(locations, count * 2);
      recordBytes = Arrays.copyOf(recordBytes, count * 2);
      bodyBytes = Arrays.copyOf(bodyBytes, count * 2);
    }
    locations[count] = location;
    recordBytes[count] = record;
    bodyBytes[count] = body;
    count++;
  }

  int count() {
    return count;
  }

  long location(int part) {
    return locations[part];
  }

  int recordBytes(int part) {
    return recordBytes[part];
  }

  int bodyBytes(int part) {
    return bodyBytes[part];
  }

  void move(int part, long location, int record) {
    locations[part] = location;
    recordBytes[part] = record;
  }

  /** The part whose record begins at this location, or -1. */
  int indexOf(long location) {
    for (int i = 0; i < count; i++) {
      if (locations[i] == location) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The lowest number of a region that holds a part; the largest there is if there are no parts.
   */
  long oldestRegion() {
    long oldest = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      oldest = Math.min(oldest, Location.region(locations[i]));
    }
    return oldest;
  }

  /** The length of the records in one region. */
  long recordBytesIn(long region) {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += Location.region(locations[i]) == region ? recordBytes[i] : 0;
    }
    return total;
  }

  /** The length of all records. */
  long totalRecordBytes() {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += recordBytes[i];
    }
    return total;
  }

  int encodedBytes() {
    return count * PART_BYTES;
  }

  void encode(ByteBuffer target, int start) {
    for (int i = 0; i < count; i++) {
      int at = start + i * PART_BYTES;
      target.putLong(at, locations[i]);
      target.putInt(at + 8, recordBytes[i]);
      target.putInt(at + 12, bodyBytes[i]);
    }
  }

  /** Reads a list, which is untrusted; null unless it makes up a body of {@code entryBytes}. */
  static @Nullable Parts decode(ByteBuffer source, int start, int length, long entryBytes) {
    if (length % PART_BYTES != 0) {
      return null;
    }
    Parts parts = new Parts();
    long total = 0;
    for (int at = start; at < start + length; at += PART_BYTES) {
      int record = source.getInt(at + 8);
      int body = source.getInt(at + 12);
      if (body < 0
          || record < RecordCodec.HEADER_BYTES
          || record - RecordCodec.HEADER_BYTES < body) {
        return null;
      }
      parts.add(source.getLong(at), record, body);
      total += body;
    }
    return total == entryBytes ? parts : null;
  }
}
