package io.terrace.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/** Appends {@link Part}s to a growing buffer. Not thread safe. */
final class PartWriter {
  private static final int MAX_LENGTH_BYTES = 5;

  private ByteBuffer buffer;

  PartWriter(int sizeBytes) {
    buffer = ByteBuffer.allocate(sizeBytes);
  }

  /** Whether {@link #writeAtom} takes the value: strings, boxed values, UUIDs. */
  static boolean isAtom(Object value) {
    return value instanceof String
        || value instanceof Integer
        || value instanceof Long
        || value instanceof UUID
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Double
        || value instanceof Float
        || value instanceof Short
        || value instanceof Byte;
  }

  /** The canonical bytes of a string alone: the hot path of keys, in one exact allocation. */
  static byte[] string(String value) {
    boolean isUnicode = isWellFormed(value);
    byte[] text = isUnicode ? value.getBytes(UTF_8) : utf16(value);
    int head = 2;
    for (int rest = text.length >>> 7; rest != 0; rest >>>= 7) {
      head++;
    }
    byte[] bytes = new byte[head + text.length];
    bytes[0] = isUnicode ? Part.STRING : Part.STRING_UTF16;
    int at = 1;
    int length = text.length;
    while (length > 0x7f) {
      bytes[at++] = (byte) (length | 0x80);
      length >>>= 7;
    }
    bytes[at] = (byte) length;
    System.arraycopy(text, 0, bytes, head, text.length);
    return bytes;
  }

  /** Char by char, since the charset's encoder replaces unpaired surrogates. */
  static byte[] utf16(String value) {
    byte[] bytes = new byte[Math.multiplyExact(2, value.length())];
    ByteBuffer.wrap(bytes).asCharBuffer().put(value);
    return bytes;
  }

  /** Whether every surrogate has its other half, without which UTF-8 would lose it. */
  static boolean isWellFormed(String value) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || ++i == length
            || !Character.isLowSurrogate(value.charAt(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Writes a value of which {@link #isAtom} is true. */
  PartWriter writeAtom(Object value) {
    if (value instanceof String v) {
      return raw(string(v));
    } else if (value instanceof Integer v) {
      room(5).put(Part.INTEGER).putInt(v);
    } else if (value instanceof Long v) {
      room(9).put(Part.LONG).putLong(v);
    } else if (value instanceof UUID v) {
      room(17)
          .put(Part.UUID)
          .putLong(v.getMostSignificantBits())
          .putLong(v.getLeastSignificantBits());
    } else if (value instanceof Boolean v) {
      room(2).put(Part.BOOLEAN).put((byte) (v ? 1 : 0));
    } else if (value instanceof Character v) {
      room(3).put(Part.CHARACTER).putChar(v);
    } else if (value instanceof Double v) {
      room(9).put(Part.DOUBLE).putLong(Double.doubleToLongBits(v));
    } else if (value instanceof Float v) {
      room(5).put(Part.FLOAT).putInt(Float.floatToIntBits(v));
    } else if (value instanceof Short v) {
      room(3).put(Part.SHORT).putShort(v);
    } else {
      room(2).put(Part.BYTE).put((Byte) value);
    }
    return this;
  }

  PartWriter tag(byte tag) {
    room(1).put(tag);
    return this;
  }

  /** A length and so many bytes. */
  PartWriter sized(byte[] bytes) {
    ByteBuffer to = room(MAX_LENGTH_BYTES);
    int length = bytes.length;
    while (length > 0x7f) {
      to.put((byte) (length | 0x80));
      length >>>= 7;
    }
    to.put((byte) length);
    return raw(bytes);
  }

  /** The bytes and nothing else. */
  PartWriter raw(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  byte[] toByteArray() {
    return buffer.position() == buffer.capacity()
        ? buffer.array()
        : Arrays.copyOf(buffer.array(), buffer.position());
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int needed = Math.addExact(buffer.position(), bytes);
      int grown = Math.max(needed, (int) Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - 8));
      buffer = ByteBuffer.allocate(grown).put(buffer.flip());
    }
    return buffer;
  }
}
