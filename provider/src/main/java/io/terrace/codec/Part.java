package io.terrace.codec;

/**
 * The tags of the built-in byte format, each followed by its payload. Integers are big-endian, a
 * <i>length</i> is a varint (seven bits a byte, lowest first, the eighth set on all but the last).
 *
 * <pre>
 *  0 null
 *  1 String, length, UTF-8            2 String with unpaired surrogates, length, UTF-16BE
 *  3 Integer   4 Long   5 Short   6 Byte   7 Character   8 Boolean   9 Float   10 Double
 * 11 UUID, 16 bytes
 * 12 enum: length, class name; length, constant name
 * 13 record: length, class name; a byte, the number of components; each component as a part
 * 14 Java serialization: length, stream
 * 15 byte[]: all that remains
 * 16 plain object: as a record, its final fields from the topmost superclass down
 * </pre>
 *
 * <p>{@code "ab"} is {@code 01 02 61 62}. A part ends where it says it ends, and equal values have
 * equal bytes: an encoded key is canonical.
 */
final class Part {
  static final byte NULL = 0;
  static final byte STRING = 1;
  static final byte STRING_UTF16 = 2;
  static final byte INTEGER = 3;
  static final byte LONG = 4;
  static final byte SHORT = 5;
  static final byte BYTE = 6;
  static final byte CHARACTER = 7;
  static final byte BOOLEAN = 8;
  static final byte FLOAT = 9;
  static final byte DOUBLE = 10;
  static final byte UUID = 11;
  static final byte ENUM = 12;
  static final byte RECORD = 13;
  static final byte SERIALIZED = 14;
  static final byte BYTES = 15;
  static final byte PLAIN = 16;

  private Part() {}
}
