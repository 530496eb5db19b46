package io.terrace.tier;

import io.terrace.BodyDigest;
import io.terrace.Freshness;
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
 * What a header says of an entry beside numbers, to bytes and back: nothing at all for a fresh
 * entry without metadata and digest; else the content type, the number of tags and the tags, the
 * number of attributes and their names and values, one byte of flags, and the digest if a flag says
 * so. Numbers are big-endian, those of lengths 32 bits; a string is the length of its UTF-8 bytes
 * and the bytes, an absent content type has length -1. Stateless; never blocks.
 */
public final class MetadataCodec {
  private static final byte[] NOTHING = new byte[0];
  private static final int HAS_DIGEST = 1;
  private static final int IS_STALE = 2;
  private static final int ALL_FLAGS = HAS_DIGEST | IS_STALE;

  private MetadataCodec() {}

  /**
   * What the bytes stand for.
   *
   * @param digest null where there is none
   */
  public record Described(Metadata metadata, @Nullable BodyDigest digest, Freshness freshness) {
    /** Of a fresh entry of which nothing was said. */
    public static final Described NOTHING = new Described(Metadata.NONE, null, Freshness.FRESH);
  }

  /** What is to be kept of metadata, digest and freshness of a header. */
  public static byte[] encode(EntryHeader header) {
    return encode(header.metadata(), header.digest(), header.freshness());
  }

  /** As {@link #encode(EntryHeader)}, of its parts. */
  public static byte[] encode(Metadata metadata, @Nullable BodyDigest digest, Freshness freshness) {
    boolean stale = freshness == Freshness.STALE;
    if (metadata.isEmpty() && digest == null && !stale) {
      return NOTHING;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      write(out, metadata);
      out.writeByte((digest == null ? 0 : HAS_DIGEST) | (stale ? IS_STALE : 0));
      if (digest != null) {
        out.writeLong(digest.high());
        out.writeLong(digest.low());
      }
    } catch (IOException e) {
      throw new AssertionError("an array took no bytes", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, Metadata metadata) throws IOException {
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

  /** Decodes all bytes, which are untrusted; null if they are not what {@link #encode} makes. */
  public static @Nullable Described decode(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return Described.NOTHING;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    try {
      Metadata metadata = metadata(in);
      int flags = in.get();
      BodyDigest digest =
          (flags & HAS_DIGEST) == 0 ? null : new BodyDigest(in.getLong(), in.getLong());
      Freshness freshness = (flags & IS_STALE) == 0 ? Freshness.FRESH : Freshness.STALE;
      return in.hasRemaining() || (flags & ~ALL_FLAGS) != 0
          ? null
          : new Described(metadata, digest, freshness);
    } catch (BufferUnderflowException e) {
      return null;
    }
  }

  private static Metadata metadata(ByteBuffer in) {
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
    return contentType == null && tags.isEmpty() && attributes.isEmpty()
        ? Metadata.NONE
        : new Metadata(contentType, tags, attributes);
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
