package io.terrace.tier.disk;

import io.terrace.Metadata;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Metadata to bytes and back: nothing at all for {@link Metadata#NONE}; else the content type, the
 * number of tags and the tags, the number of attributes and their names and values. Numbers are
 * 32-bit big-endian, a string is the length of its UTF-8 bytes and the bytes, an absent content
 * type has length -1.
 */
final class MetadataCodec {
  private static final byte[] NOTHING = new byte[0];

  private MetadataCodec() {}

  static byte[] encode(Metadata metadata) {
    if (metadata.isEmpty()) {
      return NOTHING;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      write(out, metadata.contentType());
      out.writeInt(metadata.tags().size());
      for (String tag : metadata.tags()) {
        write(out, tag);
      }
      out.writeInt(metadata.attributes().size());
      for (Map.Entry<String, String> attribute : metadata.attributes().entrySet()) {
        write(out, attribute.getKey());
        write(out, attribute.getValue());
      }
    } catch (IOException e) {
      throw new AssertionError("an array took no bytes", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeInt(-1);
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  /** Decodes all bytes, which are untrusted; null if they are no metadata. */
  static @Nullable Metadata decode(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return Metadata.NONE;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    try {
      int typeLength = in.getInt();
      String contentType = typeLength == -1 ? null : text(in, typeLength);
      Set<String> tags = new LinkedHashSet<>();
      for (int left = in.getInt(); left > 0; left--) {
        tags.add(text(in, in.getInt()));
      }
      Map<String, String> attributes = new LinkedHashMap<>();
      for (int left = in.getInt(); left > 0; left--) {
        attributes.put(text(in, in.getInt()), text(in, in.getInt()));
      }
      return new Metadata(contentType, tags, attributes);
    } catch (BufferUnderflowException e) {
      return null;
    }
  }

  private static String text(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    String text =
        new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
    in.position(in.position() + length);
    return text;
  }
}
