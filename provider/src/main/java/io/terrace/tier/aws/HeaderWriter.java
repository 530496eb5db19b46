package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.DEADLINE;
import static io.terrace.tier.aws.Attributes.HEADER;
import static io.terrace.tier.aws.Attributes.STAMP;
import static io.terrace.tier.aws.Attributes.TTL;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import java.io.IOException;

/**
 * Changes headers of entries: a deadline in one request, and what needs the rest of the header in
 * two. Thread safe; blocks for DynamoDB.
 */
final class HeaderWriter {
  private final AwsStore store;

  HeaderWriter(AwsStore store) {
    this.store = store;
  }

  /** Changes the header of the entry that has this version; whether there was one. */
  boolean update(EntryKey key, long version, HeaderUpdate update) throws IOException {
    store.makeReady();
    Long deadline = update.expiresAtMillis();
    if (deadline != null && update.metadata() == null && update.freshness() == null) {
      return expireAt(key, version, deadline);
    }
    return replaceHeader(key, version, update);
  }

  private boolean expireAt(EntryKey key, long version, long deadline) throws IOException {
    ItemUpdate change = deadline(new ItemUpdate(), deadline);
    ItemCondition condition = ItemCondition.ofUpdate(key, version, store.epochs());
    for (int attempt = 0; attempt < ItemWriter.ATTEMPTS; attempt++) {
      Table.Outcome outcome = store.table().update(store.keys().entry(key), change, condition);
      Item seen = store.items().read(key, outcome.before());
      if (outcome.done()) {
        return true;
      }
      if (store.seenVersion(key, seen) != version) {
        return false;
      }
      condition = ItemCondition.unchanged(seen);
    }
    throw ItemWriter.busy(key);
  }

  private boolean replaceHeader(EntryKey key, long version, HeaderUpdate update)
      throws IOException {
    long stamp = AwsStore.newStamp();
    Item seen = store.head(key);
    for (int attempt = 0; attempt < ItemWriter.ATTEMPTS; attempt++) {
      EntryHeader header = store.seen(key, seen);
      if (header == null || header.version() != version) {
        return false;
      }
      Table.Outcome outcome =
          store
              .table()
              .update(
                  store.keys().entry(key),
                  replacement(header, seen, update, stamp),
                  ItemCondition.unchanged(seen));
      seen = store.items().read(key, outcome.before());
      if (outcome.done() || seen.isOf(stamp)) {
        return true;
      }
    }
    throw ItemWriter.busy(key);
  }

  private ItemUpdate replacement(EntryHeader header, Item seen, HeaderUpdate update, long stamp)
      throws IOException {
    EntryHeader updated = update.applyTo(header);
    HeaderCodec.requireFits(updated);
    ItemUpdate change =
        new ItemUpdate()
            .set(HEADER, Attributes.bytes(HeaderCodec.encode(updated, seen.object())))
            .set(STAMP, number(stamp));
    Long deadline = update.expiresAtMillis();
    return deadline == null ? change : deadline(change, deadline);
  }

  private ItemUpdate deadline(ItemUpdate change, long deadline) {
    return deadline == EntryHeader.NEVER
        ? change.remove(DEADLINE, TTL)
        : change.set(DEADLINE, number(deadline)).set(TTL, number(store.ttlSeconds(deadline)));
  }
}
