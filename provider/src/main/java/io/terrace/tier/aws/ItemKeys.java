package io.terrace.tier.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.tier.EntryKey;
import io.terrace.tier.aws.BodyNames.KeyHash;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The keys of a cache's items: any number of caches share a table. Immutable. {@code
 * docs/aws-layout.md} has the bytes.
 */
final class ItemKeys {
  /** The partition of a cache's items that are no entries. */
  static final int CONTROL_PARTITION = -1;

  static final int HASH_BYTES = 16;

  private static final byte CONTROL = 0;
  private static final byte TAG = 1;
  private static final byte SWEEP = 2;
  private static final byte NOTICE = 3;

  private static final int NOTICE_BYTES = 1 + Long.BYTES;

  private final AttributeValue[] partitions;
  private final AttributeValue controlPartition;

  private final String folder;

  ItemKeys(String namespace, String cache, int partitions) {
    byte[] cacheHash = digest(namespace, cache);
    this.partitions = new AttributeValue[partitions];
    for (int partition = 0; partition < partitions; partition++) {
      this.partitions[partition] = partitionKey(cacheHash, partition);
    }
    controlPartition = partitionKey(cacheHash, CONTROL_PARTITION);
    folder = HexFormat.of().formatHex(cacheHash);
  }

  private static AttributeValue partitionKey(byte[] cacheHash, int partition) {
    ByteBuffer key = ByteBuffer.allocate(HASH_BYTES + Short.BYTES);
    return binary(key.put(cacheHash).putShort((short) partition).array());
  }

  /** Sixteen bytes of SHA-256 over strings, each with its length, so that no two lists collide. */
  private static byte[] digest(String... texts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String text : texts) {
        byte[] utf8 = text.getBytes(UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).flip());
        digest.update(utf8);
      }
      return Arrays.copyOf(digest.digest(), HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  /** What sets the objects of the cache apart from those of others: 32 hexadecimal digits. */
  String folder() {
    return folder;
  }

  int partitions() {
    return partitions.length;
  }

  private int partitionOf(long hashLow) {
    return (int) Long.remainderUnsigned(hashLow, partitions.length);
  }

  /** The partition key of a partition's entries. */
  AttributeValue partition(int partition) {
    return partitions[partition];
  }

  /** The partition key of the items that are no entries. */
  AttributeValue controlPartition() {
    return controlPartition;
  }

  Map<String, AttributeValue> entry(EntryKey key) {
    return entry(hash(key));
  }

  static KeyHash hash(EntryKey key) {
    return new KeyHash(key.hashHigh(), key.hashLow());
  }

  /** The hash in the sort key of an item; null if it is not the item of an entry. */
  static @Nullable KeyHash hash(Map<String, AttributeValue> item) {
    byte[] sort = Attributes.bytes(item, Attributes.SORT);
    if (sort == null || sort.length != HASH_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(sort);
    return new KeyHash(in.getLong(), in.getLong());
  }

  /** The item of any key with this hash. */
  Map<String, AttributeValue> entry(KeyHash hash) {
    ByteBuffer sort = ByteBuffer.allocate(HASH_BYTES).putLong(hash.high()).putLong(hash.low());
    return key(partitions[partitionOf(hash.low())], sort.array());
  }

  /** What all processes have to know before they serve an entry. */
  Map<String, AttributeValue> control() {
    return key(controlPartition, new byte[] {CONTROL});
  }

  /** Who sweeps the objects that no entry has. */
  Map<String, AttributeValue> sweep() {
    return key(controlPartition, new byte[] {SWEEP});
  }

  /** The purges of a tag. */
  Map<String, AttributeValue> tag(String tag) {
    ByteBuffer key = ByteBuffer.allocate(1 + HASH_BYTES).put(TAG).put(digest(tag));
    return key(controlPartition, key.array());
  }

  /** What the sort keys of all tags begin with. */
  static AttributeValue tagPrefix() {
    return binary(new byte[] {TAG});
  }

  /** The notice of a process. */
  Map<String, AttributeValue> notice(long process) {
    ByteBuffer key = ByteBuffer.allocate(NOTICE_BYTES).put(NOTICE).putLong(process);
    return key(controlPartition, key.array());
  }

  /** What the sort keys of all notices begin with. */
  static AttributeValue noticePrefix() {
    return binary(new byte[] {NOTICE});
  }

  /** The process in the sort key of a notice; null if it is not that of one. */
  static @Nullable Long process(Map<String, AttributeValue> item) {
    byte[] sort = Attributes.bytes(item, Attributes.SORT);
    return sort == null || sort.length != NOTICE_BYTES || sort[0] != NOTICE
        ? null
        : Long.valueOf(ByteBuffer.wrap(sort).getLong(1));
  }

  private static Map<String, AttributeValue> key(AttributeValue partition, byte[] sort) {
    return Map.of(Attributes.PARTITION, partition, Attributes.SORT, binary(sort));
  }

  private static AttributeValue binary(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
  }
}
