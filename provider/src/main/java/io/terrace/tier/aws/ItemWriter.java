package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.BODY;
import static io.terrace.tier.aws.Attributes.DEADLINE;
import static io.terrace.tier.aws.Attributes.HEADER;
import static io.terrace.tier.aws.Attributes.KEY;
import static io.terrace.tier.aws.Attributes.OBJECT;
import static io.terrace.tier.aws.Attributes.REMOVED;
import static io.terrace.tier.aws.Attributes.STAMP;
import static io.terrace.tier.aws.Attributes.TTL;
import static io.terrace.tier.aws.Attributes.VERSION;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.aws.ItemCondition.Origin;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Writes and removes entries, each in one conditional request, or more if the item is not as was
 * hoped for. Thread safe; blocks for DynamoDB.
 */
final class ItemWriter {
  private static final System.Logger LOGGER = System.getLogger(ItemWriter.class.getName());

  static final int ATTEMPTS = 16;

  private final AwsStore store;

  ItemWriter(AwsStore store) {
    this.store = store;
  }

  /**
   * An entry to be written.
   *
   * @param header complete but for the version
   * @param version to commit under, or {@link EntryHeader#UNASSIGNED}
   * @param body in the item; null if it is in an object
   * @param object the name of the object; null if the body is in the item
   */
  record Write(
      EntryHeader header,
      Condition condition,
      long version,
      @Nullable AttributeValue body,
      @Nullable String object) {
    EntryKey key() {
      return header.key();
    }

    Origin origin() {
      return version == EntryHeader.UNASSIGNED ? Origin.TIER : Origin.AUTHORITY;
    }
  }

  /** Writes an entry. */
  CommitResult put(Write write) throws IOException {
    store.makeReady();
    if (write.condition().kind() == Condition.Kind.LEASED) {
      return fill(write);
    }
    sawConditionOf(write.condition());
    long stamp = AwsStore.newStamp();
    Item seen = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = versionOf(write);
      Item before = put(write, version, stamp, conditionOf(write, version, seen));
      if (before.isOf(stamp)) {
        return new CommitResult.Committed(before.version(), write.header().bodyLength());
      }
      long current = store.seenVersion(write.key(), before);
      if (!write.condition().holds(current)) {
        return new CommitResult.Refused(current);
      }
      seen = before;
    }
    throw busy(write.key());
  }

  private long versionOf(Write write) {
    return write.origin() == Origin.TIER ? store.versions().next() : write.version();
  }

  /** Writes an entry, if nothing was done to the key since its lease was given. */
  private CommitResult fill(Write write) throws IOException {
    long lease = write.condition().version();
    Long seenVersion = store.leases().seenVersion(lease);
    if (seenVersion == null || store.epochs().changedSince(lease, write.header().metadata())) {
      return new CommitResult.Refused(store.seenVersion(write.key(), store.head(write.key())));
    }
    long stamp = AwsStore.newStamp();
    long version = fillVersion(write, seenVersion);
    Item before = put(write, version, stamp, ItemCondition.ofFill(seenVersion));
    if (before.isOf(stamp)) {
      store.leases().release(lease);
      return new CommitResult.Committed(before.version(), write.header().bodyLength());
    }
    return new CommitResult.Refused(store.seenVersion(write.key(), before));
  }

  /**
   * A version of the time of the miss: so the entry is not above a clear or a purge by tag that
   * came since, though this process may not know of it yet.
   */
  private static long fillVersion(Write write, long seenVersion) {
    long lease = write.condition().version();
    return write.origin() == Origin.TIER ? Math.max(lease, seenVersion + 1) : write.version();
  }

  /**
   * Tries to write an item.
   *
   * @return the item as it is: with the stamp if it was written, now or by a request whose answer
   *     got lost
   */
  private Item put(Write write, long version, long stamp, ItemCondition condition)
      throws IOException {
    Map<String, AttributeValue> item = item(write, version, stamp);
    Table.Outcome outcome = store.table().put(item, condition);
    Item before = store.items().read(write.key(), outcome.before());
    if (!outcome.done()) {
      if (write.origin() == Origin.TIER && write.condition().kind() != Condition.Kind.LEASED) {
        requireKnown(outcome, write.key(), before, version, stamp);
      }
      return before;
    }
    if (before.object() != null && !before.object().equals(write.object())) {
      store.dropBody(before.object());
    }
    return store.items().read(write.key(), item);
  }

  /**
   * Of a change that was sent more than once, an attempt whose answer got lost may have been done.
   * An item with a lower version says that it was not, as versions never go back. One with a higher
   * version may stand over what was done.
   *
   * @throws CallFailedException if nobody can tell: to say no, or to try again, might do it twice
   */
  private static void requireKnown(
      Table.Outcome outcome, EntryKey key, Item now, long version, long stamp)
      throws CallFailedException {
    if (outcome.repeated() && !now.isOf(stamp) && now.version() > version) {
      throw new CallFailedException(
          "an answer of DynamoDB got lost, and somebody else changed entry "
              + key.digest()
              + " since: it may have been changed before",
          CallFailedException.Kind.UNSURE,
          null);
    }
  }

  /** A version that somebody has seen is one that the next one has to be above. */
  private void sawConditionOf(Condition condition) {
    if (condition.kind() == Condition.Kind.VERSION_IS) {
      store.versions().saw(condition.version());
    }
  }

  private ItemCondition conditionOf(Write write, long version, @Nullable Item seen) {
    boolean alwaysHolds =
        write.condition().kind() == Condition.Kind.ALWAYS
            && (seen == null || seen.kind() != Item.Kind.DAMAGED);
    return seen == null || alwaysHolds
        ? ItemCondition.ofWrite(
            write.key(), write.condition(), version, write.origin(), store.epochs())
        : ItemCondition.unchanged(seen);
  }

  private Map<String, AttributeValue> item(Write write, long version, long stamp) {
    EntryHeader header = write.header();
    Map<String, AttributeValue> item = new HashMap<>(store.keys().entry(write.key()));
    item.put(KEY, Attributes.bytes(write.key().bytes()));
    item.put(VERSION, number(version));
    item.put(STAMP, number(stamp));
    item.put(HEADER, Attributes.bytes(HeaderCodec.encode(header, write.object())));
    if (write.body() != null) {
      item.put(BODY, write.body());
    }
    if (write.object() != null) {
      item.put(OBJECT, AttributeValue.fromS(write.object()));
    }
    long deadline = header.expiresAtMillis();
    if (deadline != EntryHeader.NEVER) {
      item.put(DEADLINE, number(deadline));
      item.put(TTL, number(store.ttlSeconds(deadline)));
    }
    return item;
  }

  static IOException busy(EntryKey key) {
    return new IOException("entry " + key.digest() + " is changed by others all the time");
  }

  /**
   * Removes an entry: what stays is that it was, and a version.
   *
   * @return {@link CommitResult.Committed} with the version that was removed, or {@link
   *     CommitResult.Refused}
   */
  CommitResult purge(EntryKey key, Condition condition) throws IOException {
    store.makeReady();
    sawConditionOf(condition);
    long stamp = AwsStore.newStamp();
    Item seen = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = store.versions().next();
      ItemCondition hoped =
          seen == null
              ? ItemCondition.ofPurge(key, condition, version, store.epochs())
              : ItemCondition.unchanged(seen);
      Table.Outcome outcome =
          store.table().update(store.keys().entry(key), removal(version, stamp), hoped);
      Item before = store.items().read(key, outcome.before());
      if (outcome.done()) {
        store.dropBody(before.object());
        return removed(store.seenVersion(key, before));
      }
      if (before.isOf(stamp)) {
        return removedUnseen(before);
      }
      requireKnown(outcome, key, before, version, stamp);
      long current = store.seenVersion(key, before);
      if (!condition.holds(current) || !isToRemove(key, before, current, condition)) {
        return new CommitResult.Refused(current);
      }
      seen = before;
    }
    throw busy(key);
  }

  /** Where there is no entry, that it was removed is noted for those who did not ask for one. */
  private static boolean isToRemove(
      EntryKey key, Item item, long seenVersion, Condition condition) {
    boolean asksForNone =
        condition.kind() == Condition.Kind.ALWAYS || condition.kind() == Condition.Kind.ABSENT;
    boolean isOthers = item.kind() == Item.Kind.ENTRY && !item.isEntryOf(key);
    return seenVersion != EntryHeader.UNASSIGNED || (asksForNone && !isOthers);
  }

  private static CommitResult removed(long version) {
    return version == EntryHeader.UNASSIGNED
        ? new CommitResult.Refused(version)
        : new CommitResult.Committed(version, 0);
  }

  /** The answer got lost, and with it the item before the change but for its version. */
  private CommitResult removedUnseen(Item removal) {
    Long version = number(removal.raw(), REMOVED);
    boolean hidden = version == null || version <= store.epochs().clearedThrough();
    return removed(hidden ? EntryHeader.UNASSIGNED : version);
  }

  private ItemUpdate removal(long version, long stamp) {
    return new ItemUpdate()
        .copy(REMOVED, VERSION, number(EntryHeader.UNASSIGNED))
        .set(VERSION, number(version))
        .set(STAMP, number(stamp))
        .set(TTL, number(store.removalTtlSeconds()))
        .remove(KEY, HEADER, BODY, OBJECT, DEADLINE);
  }

  /**
   * Removes what stands in the place of an entry, if it is still the same, and counts it. Does not
   * fail: whoever reads it next will try again.
   */
  void drop(EntryKey key, Item item, PurgeReason reason) {
    try {
      store.requireOpen();
      ItemUpdate removal = removal(store.versions().next(), AwsStore.newStamp());
      ItemCondition same = ItemCondition.unchanged(item);
      if (store.table().update(store.keys().entry(key), removal, same).done()) {
        store.dropBody(item.object());
        store.left(key, item.version(), reason);
      }
    } catch (IOException e) {
      stays(key, e);
    }
  }

  /** Purges an entry whose body is missing or damaged, and counts it; does not fail. */
  void lost(EntryKey key, long version, PurgeReason reason) {
    try {
      if (purge(key, Condition.versionIs(version)) instanceof CommitResult.Committed) {
        store.left(key, version, reason);
      }
    } catch (IOException e) {
      stays(key, e);
    }
  }

  private static void stays(EntryKey key, IOException why) {
    LOGGER.log(
        Level.WARNING, "entry {0} stays in DynamoDB for now: {1}", key.digest(), why.getMessage());
  }
}
