package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.DEADLINE;
import static io.terrace.tier.aws.Attributes.HEADER;
import static io.terrace.tier.aws.Attributes.KEY;
import static io.terrace.tier.aws.Attributes.OBJECT;
import static io.terrace.tier.aws.Attributes.REMOVED;
import static io.terrace.tier.aws.Attributes.VERSION;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.aws.BodyNames.KeyHash;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Makes out what the items of entries are, whose attributes nobody vouches for. Lets the clock know
 * of every version it meets. Thread safe.
 */
final class ItemReader {
  private final VersionClock versions;
  private final BodyNames names;

  /**
   * @param names of the objects that entries of this cache may have
   */
  ItemReader(VersionClock versions, BodyNames names) {
    this.versions = versions;
    this.names = names;
  }

  /** The item that was read for a key. */
  Item read(EntryKey key, Map<String, AttributeValue> raw) {
    return read(ItemKeys.hash(key), raw);
  }

  /** The item that a query found. */
  Item found(Map<String, AttributeValue> raw) {
    KeyHash hash = ItemKeys.hash(raw);
    return hash == null
        ? new Item(Item.Kind.DAMAGED, EntryHeader.UNASSIGNED, null, null, raw)
        : read(hash, raw);
  }

  private Item read(KeyHash hash, Map<String, AttributeValue> raw) {
    if (raw.isEmpty()) {
      return new Item(Item.Kind.NOTHING, EntryHeader.UNASSIGNED, null, null, raw);
    }
    long version = version(raw);
    String object = object(hash, raw);
    if (version != EntryHeader.UNASSIGNED && raw.containsKey(REMOVED)) {
      return new Item(Item.Kind.REMOVED, version, null, object, raw);
    }
    boolean sound =
        version != EntryHeader.UNASSIGNED && (object != null) == raw.containsKey(OBJECT);
    EntryHeader header = sound ? header(hash, raw, object) : null;
    return header == null
        ? new Item(Item.Kind.DAMAGED, version, null, object, raw)
        : new Item(Item.Kind.ENTRY, version, header.withVersion(version), object, raw);
  }

  private long version(Map<String, AttributeValue> raw) {
    Long number = Attributes.number(raw, VERSION);
    if (number == null || !versions.isPlausible(number)) {
      return EntryHeader.UNASSIGNED;
    }
    versions.saw(number);
    return number;
  }

  /**
   * The name of the object of an entry; null if there is none, or it cannot be one of the key's.
   */
  private @Nullable String object(KeyHash hash, Map<String, AttributeValue> raw) {
    String name = Attributes.text(raw, OBJECT);
    return name != null && hash.equals(names.keyHash(name)) ? name : null;
  }

  private static @Nullable EntryHeader header(
      KeyHash hash, Map<String, AttributeValue> raw, @Nullable String object) {
    byte[] key = Attributes.bytes(raw, KEY);
    byte[] bytes = Attributes.bytes(raw, HEADER);
    Long deadline =
        raw.containsKey(DEADLINE)
            ? Attributes.number(raw, DEADLINE)
            : Long.valueOf(EntryHeader.NEVER);
    if (key == null || bytes == null || deadline == null) {
      return null;
    }
    EntryHeader header =
        HeaderCodec.decode(new EntryKey(key, hash.high(), hash.low()), bytes, object);
    boolean sound =
        header != null && (object == null || header.bodyLength() <= BodyChunks.MAX_BODY_BYTES);
    return header != null && sound ? header.withExpiry(deadline) : null;
  }
}
