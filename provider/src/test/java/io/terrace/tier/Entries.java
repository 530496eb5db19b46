package io.terrace.tier;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.terrace.Metadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Keys, headers and bodies for tests of byte tiers, and the short way to write and read them. */
public final class Entries {
  private Entries() {}

  public static EntryKey key(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    HashValue128 hash = Hashing.murmur3_128().hashBytesTo128Bits(bytes);
    return new EntryKey(bytes, hash.getMostSignificantBits(), hash.getLeastSignificantBits());
  }

  public static EntryKey key(int number) {
    return key("key-" + number);
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Bytes that depend on the seed alone. */
  public static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** An eternal entry of a body not known yet. */
  public static EntryHeader header(EntryKey key) {
    return header(key, EntryHeader.NEVER, Metadata.NONE);
  }

  public static EntryHeader header(EntryKey key, long expiresAtMillis, Metadata metadata) {
    return EntryHeader.of(key, 1_000, expiresAtMillis, 7, metadata);
  }

  /** Writes an eternal entry, whatever the key holds, and returns its version. */
  public static long put(Tier tier, EntryKey key, byte[] body) throws IOException {
    return ((CommitResult.Committed) put(tier, key, body, Condition.ALWAYS)).version();
  }

  public static CommitResult put(Tier tier, EntryKey key, byte[] body, Condition condition)
      throws IOException {
    return put(tier, header(key), body, condition);
  }

  public static CommitResult put(Tier tier, EntryHeader header, byte[] body, Condition condition)
      throws IOException {
    try (WriteHandle write = tier.openWrite(header, condition)) {
      write.write(ByteBuffer.wrap(body));
      return write.commit();
    }
  }

  /** The hit, whose body the caller closes. */
  public static Lookup.Hit hit(Tier tier, EntryKey key) {
    if (tier.lookup(key) instanceof Lookup.Hit hit) {
      return hit;
    }
    throw new AssertionError("no hit for " + key);
  }

  /** The whole body, or null if the tier misses. */
  public static byte @Nullable [] get(Tier tier, EntryKey key) throws IOException {
    Lookup lookup = tier.lookup(key);
    if (lookup instanceof Lookup.Hit hit) {
      try (ReadHandle body = hit.body()) {
        return readAll(body);
      }
    }
    if (lookup instanceof Lookup.Skipped skipped) {
      throw new IOException("skipped: " + skipped.reason() + " " + skipped.detail());
    }
    return null;
  }

  /** The header, or null if the tier misses. */
  public static @Nullable EntryHeader headerOf(Tier tier, EntryKey key) {
    if (tier.lookup(key) instanceof Lookup.Hit hit) {
      hit.body().close();
      return hit.header();
    }
    return null;
  }

  public static byte[] readAll(ReadHandle body) throws IOException {
    ByteBuffer all = body.readRemaining(Integer.MAX_VALUE - 8);
    byte[] bytes = new byte[all.remaining()];
    all.get(bytes);
    return bytes;
  }
}
