package io.terrace.tier.aws;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What stands in the place of an entry, as it was read from the table. Immutable.
 *
 * @param version of the entry, or of its removal; {@link EntryHeader#UNASSIGNED} if there is none
 * @param header of the entry, without regard to clears and purges by tag; null unless there is one
 * @param object the name of the object with its body; null if that is in the item
 * @param raw the attributes that were read; empty if there is no item
 */
record Item(
    Kind kind,
    long version,
    @Nullable EntryHeader header,
    @Nullable String object,
    Map<String, AttributeValue> raw) {

  /** What an item is. */
  enum Kind {
    NOTHING,
    REMOVED,
    DAMAGED,
    ENTRY
  }

  /** Whether it is an entry of this very key, and not of another one with the same hash. */
  boolean isEntryOf(EntryKey key) {
    return header != null && header.key().equals(key);
  }

  /** Whether the write with this stamp made it what it is. */
  boolean isOf(long stamp) {
    Long found = Attributes.number(raw, Attributes.STAMP);
    return found != null && found == stamp;
  }

  /** The bytes of a body that is in the item and was read with it; null if there is none. */
  byte @Nullable [] body() {
    return Attributes.bytes(raw, Attributes.BODY);
  }
}
