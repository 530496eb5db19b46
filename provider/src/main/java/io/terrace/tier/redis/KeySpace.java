package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.tier.EntryKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * The names of a cache's keys in Redis. All of a partition begin with one hash tag, so that a
 * script can change them together; see {@code docs/redis-layout.md}. Immutable.
 */
final class KeySpace {
  private static final byte[] NO_SUFFIX = new byte[0];
  private static final String GLOB_CHARACTERS = "*?[]\\";

  private final String cacheTag;
  private final int tagBytes;
  private final byte[] channel;
  private final byte[][] prefixes;
  private final int[] slots;

  KeySpace(String namespace, String cache, int partitions) {
    cacheTag = "{" + escape(namespace, "%{}") + ":" + escape(cache, "%{}:");
    tagBytes = cacheTag.getBytes(UTF_8).length;
    channel = (cacheTag + "}i").getBytes(UTF_8);
    prefixes = new byte[partitions][];
    slots = new int[partitions];
    for (int partition = 0; partition < partitions; partition++) {
      prefixes[partition] = (cacheTag + ":" + partition + "}").getBytes(UTF_8);
      slots[partition] = JedisClusterCRC16.getSlot(prefixes[partition]);
    }
  }

  /** Percent-encodes what would end the hash tag, or make two caches' names the same. */
  private static String escape(String text, String special) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (special.indexOf(c) < 0) {
        escaped.append(c);
      } else {
        escaped.append('%').append(Integer.toHexString(c));
      }
    }
    return escaped.toString();
  }

  int partitions() {
    return prefixes.length;
  }

  int partitionOf(EntryKey key) {
    return (int) Long.remainderUnsigned(key.hashLow(), prefixes.length);
  }

  int slot(int partition) {
    return slots[partition];
  }

  byte[] state(int partition) {
    return name(partition, 's', NO_SUFFIX);
  }

  byte[] log(int partition) {
    return name(partition, 'j', NO_SUFFIX);
  }

  byte[] tags(int partition) {
    return name(partition, 't', NO_SUFFIX);
  }

  byte[] run(int partition) {
    return name(partition, 'r', NO_SUFFIX);
  }

  byte[] entry(int partition, EntryKey key) {
    return name(partition, 'e', key.bytes());
  }

  byte[] lease(int partition, EntryKey key) {
    return name(partition, 'l', key.bytes());
  }

  byte[] chunk(int partition, Chunks chunks, int number) {
    ByteBuffer suffix = ByteBuffer.allocate(Chunks.ID_BYTES + Integer.BYTES);
    suffix.putLong(chunks.idHigh()).putLong(chunks.idLow()).putInt(number);
    return name(partition, 'c', suffix.array());
  }

  /** Where the changes of the whole cache are published. */
  byte[] channel() {
    return channel;
  }

  private byte[] name(int partition, char kind, byte[] suffix) {
    byte[] prefix = prefixes[partition];
    byte[] name = Arrays.copyOf(prefix, prefix.length + 1 + suffix.length);
    name[prefix.length] = (byte) kind;
    System.arraycopy(suffix, 0, name, prefix.length + 1, suffix.length);
    return name;
  }

  /** A glob that every key of the cache matches. */
  byte[] pattern() {
    byte[] name = (cacheTag + ":").getBytes(UTF_8);
    ByteArrayOutputStream pattern = new ByteArrayOutputStream();
    for (byte b : name) {
      if (GLOB_CHARACTERS.indexOf(b) >= 0) {
        pattern.write('\\');
      }
      pattern.write(b);
    }
    pattern.write('*');
    return pattern.toByteArray();
  }

  /**
   * A key that a scan found.
   *
   * @param name all of it
   * @param kind the letter behind the hash tag
   * @param suffix what follows it
   */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor shown
  record Named(byte[] name, int partition, char kind, byte[] suffix) {}

  /** Takes a name apart; null if it is none of this cache. */
  @Nullable Named parse(byte[] name) {
    int partition = 0;
    for (int at = tagBytes + 1; at < name.length - 1 && at < tagBytes + 6; at++) {
      int digit = name[at] - '0';
      if (name[at] == '}') {
        return partition < prefixes.length && startsWith(name, prefixes[partition])
            ? new Named(
                name, partition, (char) name[at + 1], Arrays.copyOfRange(name, at + 2, name.length))
            : null;
      }
      if (digit < 0 || digit > 9) {
        return null;
      }
      partition = partition * 10 + digit;
    }
    return null;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length > prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}
