package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.KEY;
import static io.terrace.tier.aws.Attributes.PARTITION;
import static io.terrace.tier.aws.Attributes.REMOVED;
import static io.terrace.tier.aws.Attributes.STAMP;
import static io.terrace.tier.aws.Attributes.VERSION;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What must hold of an item at the instant of a change, as an expression of DynamoDB. What a caller
 * asks of a key depends on which entries are hidden, and DynamoDB does not know that of purges by
 * tag. So the first expression is one that holds only if the caller's condition does: it takes
 * nothing for an entry that may be hidden. Where it does not hold, the item that comes back tells,
 * and {@link #unchanged} is what to try next. Immutable.
 *
 * @param expression of DynamoDB; empty if anything will do
 * @param values what the names with a colon in it stand for
 */
record ItemCondition(String expression, Map<String, AttributeValue> values) {
  /** Anything will do. */
  static final ItemCondition NONE = new ItemCondition("", Map.of());

  private static final String NO_ITEM = absent(VERSION);

  /** Who assigned a version. */
  enum Origin {
    TIER,
    AUTHORITY
  }

  /**
   * For a write under a lease: nothing was done to the key since.
   *
   * @param seenVersion what stood there, though no entry; {@link EntryHeader#UNASSIGNED} for
   *     nothing
   */
  static ItemCondition ofFill(long seenVersion) {
    return seenVersion == EntryHeader.UNASSIGNED
        ? new ItemCondition(NO_ITEM, Map.of())
        : new Builder().and("#" + VERSION + " = :x", ":x", number(seenVersion)).build();
  }

  /** The item is as it was read. */
  static ItemCondition unchanged(Item item) {
    if (item.raw().isEmpty()) {
      return new ItemCondition(absent(PARTITION), Map.of());
    }
    Builder all = new Builder();
    for (String name : List.of(VERSION, STAMP)) {
      AttributeValue value = item.raw().get(name);
      if (value == null) {
        all.and(absent(name));
      } else {
        all.and("#" + name + " = :old" + name, ":old" + name, value);
      }
    }
    return all.build();
  }

  /**
   * There is an item, and an attribute of it is as it was read.
   *
   * @param value null if the item did not have it
   */
  static ItemCondition has(String name, @Nullable AttributeValue value) {
    Builder all = new Builder();
    return value == null
        ? all.and("attribute_exists(#" + PARTITION + ")").and(absent(name)).build()
        : all.and("#" + name + " = :x", ":x", value).build();
  }

  /** A number that an update sets is higher than the one that is there, if there is one. */
  static ItemCondition raised(String name) {
    return new ItemCondition(absent(name) + " OR #" + name + " < :new" + name, Map.of());
  }

  /**
   * For a write of a key.
   *
   * @param version the one the entry is to get
   * @param origin who assigned it: one of this tier's own never replaces a higher one
   */
  static ItemCondition ofWrite(
      EntryKey key, Condition condition, long version, Origin origin, Epochs epochs) {
    Builder all = new Builder();
    switch (condition.kind()) {
      case ALWAYS -> {}
      case ABSENT -> all.isAbsent(epochs);
      case PRESENT, VERSION_IS -> all.isEntry(key, condition, epochs);
      case OLDER_THAN ->
          all.any(NO_ITEM, "#" + VERSION + " < :x").with(":x", number(condition.version()));
      case LEASED -> throw new IllegalArgumentException("a write under a lease is a fill");
      case ANNOUNCED -> throw new IllegalArgumentException("nothing is announced to an authority");
    }
    return origin == Origin.AUTHORITY ? all.build() : all.isOlderThan(version).build();
  }

  /**
   * For the removal of a key, under a version of this tier. Without a condition, or under that of
   * absence, it is done where there is no entry: nothing that is on its way with a lower version,
   * or under a lease, comes after it.
   */
  static ItemCondition ofPurge(EntryKey key, Condition condition, long version, Epochs epochs) {
    Builder all = new Builder();
    if (condition.kind() == Condition.Kind.ALWAYS) {
      String removed = "attribute_exists(#" + REMOVED + ")";
      all.any(NO_ITEM, removed, "#" + KEY + " = :q").with(":q", Attributes.bytes(key.bytes()));
    } else if (condition.kind() == Condition.Kind.ABSENT) {
      all.isAbsent(epochs);
    } else {
      all.isEntry(key, condition, epochs);
    }
    return all.isOlderThan(version).build();
  }

  /** For a change of the entry that has this version. */
  static ItemCondition ofUpdate(EntryKey key, long version, Epochs epochs) {
    return new Builder().isEntry(key, Condition.versionIs(version), epochs).build();
  }

  private static String absent(String name) {
    return "attribute_not_exists(#" + name + ")";
  }

  private static final class Builder {
    private final List<String> parts = new ArrayList<>();
    private final Map<String, AttributeValue> values = new HashMap<>();

    Builder and(String expression) {
      parts.add(expression);
      return this;
    }

    Builder and(String expression, String name, AttributeValue value) {
      return and(expression).with(name, value);
    }

    Builder any(String... expressions) {
      return and("(" + String.join(" OR ", expressions) + ")");
    }

    Builder with(String name, AttributeValue value) {
      values.put(name, value);
      return this;
    }

    /** There is no item, or one with a lower version. */
    Builder isOlderThan(long version) {
      return any(NO_ITEM, "#" + VERSION + " < :v").with(":v", number(version));
    }

    /** There is surely no entry. */
    Builder isAbsent(Epochs epochs) {
      String removed = "attribute_exists(#" + REMOVED + ")";
      String hidden = "#" + VERSION + " <= :c";
      return any(NO_ITEM, removed, hidden).with(":c", number(epochs.clearedThrough()));
    }

    /** There is an entry of the key, surely not hidden, and the condition holds of it. */
    Builder isEntry(EntryKey key, Condition condition, Epochs epochs) {
      and(absent(REMOVED));
      and("#" + KEY + " = :q", ":q", Attributes.bytes(key.bytes()));
      and("#" + VERSION + " > :f", ":f", number(epochs.floor()));
      AttributeValue version = number(condition.version());
      return switch (condition.kind()) {
        case VERSION_IS -> and("#" + VERSION + " = :x", ":x", version);
        case OLDER_THAN -> and("#" + VERSION + " < :x", ":x", version);
        default -> this;
      };
    }

    ItemCondition build() {
      return new ItemCondition(String.join(" AND ", parts), Map.copyOf(values));
    }
  }
}
