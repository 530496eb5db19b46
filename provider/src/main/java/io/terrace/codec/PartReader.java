package io.terrace.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.util.UUID;

/** Takes {@link Part}s from untrusted bytes. Not thread safe. */
final class PartReader {
  private final ByteBuffer buffer;

  PartReader(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  byte tag() throws IOException {
    try {
      return buffer.get();
    } catch (BufferUnderflowException e) {
      throw truncated(e);
    }
  }

  /** The atom that follows its tag. */
  Object atom(byte tag) throws IOException {
    try {
      return switch (tag) {
        case Part.STRING -> utf8(sized());
        case Part.STRING_UTF16 -> utf16(sized());
        case Part.INTEGER -> buffer.getInt();
        case Part.LONG -> buffer.getLong();
        case Part.SHORT -> buffer.getShort();
        case Part.BYTE -> buffer.get();
        case Part.CHARACTER -> buffer.getChar();
        case Part.BOOLEAN -> bool(buffer.get());
        case Part.FLOAT -> buffer.getFloat();
        case Part.DOUBLE -> buffer.getDouble();
        case Part.UUID -> new UUID(buffer.getLong(), buffer.getLong());
        default -> throw new StreamCorruptedException("unknown tag " + tag);
      };
    } catch (BufferUnderflowException e) {
      throw truncated(e);
    }
  }

  private static boolean bool(byte value) throws IOException {
    if (value != 0 && value != 1) {
      throw new StreamCorruptedException("a boolean of " + value);
    }
    return value == 1;
  }

  /** A length and so many bytes; the length is checked against what is there before it is used. */
  byte[] sized() throws IOException {
    long length = 0;
    int shift = 0;
    byte b;
    do {
      b = tag();
      length |= (long) (b & 0x7f) << shift;
      shift += 7;
    } while (b < 0 && shift < 35);
    if (b < 0 || length > buffer.remaining()) {
      throw new StreamCorruptedException(
          "a length of " + length + " with " + buffer.remaining() + " bytes left");
    }
    byte[] bytes = new byte[(int) length];
    buffer.get(bytes);
    return bytes;
  }

  byte[] remaining() {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  void expectEnd() throws IOException {
    if (buffer.hasRemaining()) {
      throw new StreamCorruptedException(buffer.remaining() + " bytes after the end");
    }
  }

  /** Decodes text, refusing what is malformed instead of replacing it. */
  static String utf8(byte[] bytes) throws IOException {
    String text = new String(bytes, UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    }
    return text;
  }

  /** Char by char, since the charset's decoder replaces unpaired surrogates. */
  static String utf16(byte[] bytes) throws IOException {
    if (bytes.length % 2 != 0) {
      throw new StreamCorruptedException("half a UTF-16 character");
    }
    char[] chars = new char[bytes.length / 2];
    ByteBuffer.wrap(bytes).asCharBuffer().get(chars);
    return new String(chars);
  }

  private static IOException truncated(BufferUnderflowException cause) {
    return (IOException) new StreamCorruptedException("truncated").initCause(cause);
  }
}
