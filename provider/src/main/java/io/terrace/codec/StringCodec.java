package io.terrace.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.Codec;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;

/** Strings: the tag of the {@link Part}, then the text to the end without a length. */
final class StringCodec implements Codec<String> {

  @Override
  public int id() {
    return 2;
  }

  @Override
  public byte[] encode(String value) {
    boolean isUnicode = PartWriter.isWellFormed(value);
    byte[] text = isUnicode ? value.getBytes(UTF_8) : PartWriter.utf16(value);
    byte[] bytes = new byte[Math.addExact(text.length, 1)];
    bytes[0] = isUnicode ? Part.STRING : Part.STRING_UTF16;
    System.arraycopy(text, 0, bytes, 1, text.length);
    return bytes;
  }

  @Override
  public String decode(ByteBuffer bytes) throws IOException {
    PartReader in = new PartReader(bytes);
    byte tag = in.tag();
    return switch (tag) {
      case Part.STRING -> PartReader.utf8(in.remaining());
      case Part.STRING_UTF16 -> PartReader.utf16(in.remaining());
      default -> throw new StreamCorruptedException("a string with tag " + tag);
    };
  }
}
