package io.terrace.tier.redis;

import io.terrace.Freshness;
import io.terrace.tier.BufferBody;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.UnreadBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Looks entries up: one command for state and entry, one more for the tags of an entry that has
 * some. Unlinks what it meets that is no entry any more. Thread safe.
 */
final class EntryReader {
  /** What is read of an entry whose body nobody wants; holds nearly every header. */
  static final int HEAD_BYTES = 2048;

  private static final int LEASE_ATTEMPTS = 3;

  private final RedisStore store;
  private final Partitions partitions;
  private final KeySpace keys;

  EntryReader(RedisStore store) {
    this.store = store;
    partitions = store.partitions();
    keys = partitions.keys();
  }

  /** An entry that is there, and the freshness it is to be seen with. */
  record Seen(StoredHeader stored, Freshness freshness) {
    EntryHeader header() {
      EntryHeader header = stored.header();
      return freshness == header.freshness() ? header : header.withFreshness(freshness);
    }
  }

  Lookup lookup(EntryKey key) throws IOException {
    int partition = keys.partitionOf(key);
    List<?> reply = Answers.list(store.call(partitions.read(partition, List.of(key))), 2);
    PartitionState state = partitions.state(partition, reply.get(0));
    byte[] value = Answers.bytes(reply.get(1));
    StoredHeader stored = judge(key, state, value);
    if (stored == null || value == null) {
      return Lookup.MISS;
    }
    if (stored.header().metadata().tags().isEmpty()) {
      return hit(new Seen(stored, stored.header().freshness()), value);
    }
    return seenByTags(stored, value, store.call(readTags(stored)));
  }

  /** The entry in these bytes; null if there is none to be served. */
  private @Nullable StoredHeader judge(
      EntryKey key, PartitionState state, byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    StoredHeader stored = HeaderCodec.decode(key, value);
    boolean held = stored != null && state.holds(stored.stamp());
    if (stored != null && held && hasWholeBody(stored, value)) {
      return stored;
    }
    boolean cleared = stored != null && (!held && stored.stamp() <= state.clearedThrough());
    store.drop(key, value, !cleared && state.isKnown());
    return null;
  }

  private static boolean hasWholeBody(StoredHeader stored, byte[] value) {
    if (stored.chunks() != null) {
      return value.length == stored.bytes();
    }
    CRC32C crc = new CRC32C();
    crc.update(value, stored.bytes(), value.length - stored.bytes());
    return value.length - stored.bytes() == stored.header().bodyLength()
        && (int) crc.getValue() == stored.header().checksum();
  }

  private Request readTags(StoredHeader stored) {
    EntryHeader header = stored.header();
    return partitions.readTags(keys.partitionOf(header.key()), header.metadata().tags());
  }

  private Lookup seenByTags(StoredHeader stored, byte[] value, @Nullable Object epochs)
      throws IOException {
    Freshness freshness = freshness(stored.header(), Answers.list(epochs));
    if (freshness == null) {
      store.drop(stored.header().key(), value, false);
      return Lookup.MISS;
    }
    return hit(new Seen(stored, freshness), value);
  }

  /** How an entry is to be seen after the purges of its tags; null if it is gone. */
  static @Nullable Freshness freshness(EntryHeader header, List<?> epochs) throws IOException {
    Freshness freshness = header.freshness();
    for (Object each : epochs) {
      byte[] epoch = Answers.bytes(each);
      if (epoch != null && epoch.length == 3 * Long.BYTES) {
        ByteBuffer through = ByteBuffer.wrap(epoch);
        if (header.version() <= through.getLong()) {
          return null;
        }
        if (header.version() <= through.getLong()) {
          freshness = Freshness.STALE;
        }
      }
    }
    return freshness;
  }

  private Lookup.Hit hit(Seen seen, byte[] value) {
    return new Lookup.Hit(seen.header(), body(seen.stored, value));
  }

  private ReadHandle body(StoredHeader stored, byte[] value) {
    Chunks chunks = stored.chunks();
    return chunks != null
        ? new ChunkedBody(store, stored.header(), chunks)
        : new BufferBody(
            ByteBuffer.wrap(value, stored.bytes(), value.length - stored.bytes()), () -> {});
  }

  /** As {@link #lookup}, with a body that cannot be read. */
  Lookup lookupHeader(EntryKey key) throws IOException {
    Seen seen = head(key);
    return seen == null ? Lookup.MISS : new Lookup.Hit(seen.header(), new UnreadBody());
  }

  /** Reads an entry but for its body; null if there is none. */
  @Nullable Seen head(EntryKey key) throws IOException {
    int partition = keys.partitionOf(key);
    List<?> reply = Answers.list(store.call(partitions.head(partition, key, HEAD_BYTES)), 2);
    byte[] head = Answers.bytes(reply.get(1));
    if (head != null && HeaderCodec.length(head) > head.length && head.length == HEAD_BYTES) {
      int length = HeaderCodec.length(head);
      reply = Answers.list(store.call(partitions.head(partition, key, length)), 2);
      head = Answers.bytes(reply.get(1));
    }
    PartitionState state = partitions.state(partition, reply.get(0));
    StoredHeader stored = head == null ? null : HeaderCodec.decode(key, head);
    if (stored == null || !state.holds(stored.stamp())) {
      return null;
    }
    EntryHeader header = stored.header();
    if (header.metadata().tags().isEmpty()) {
      return new Seen(stored, header.freshness());
    }
    Freshness freshness = freshness(header, Answers.list(store.call(readTags(stored))));
    return freshness == null ? null : new Seen(stored, freshness);
  }

  LeaseAnswer lookupOrLease(EntryKey key, Duration life) throws IOException {
    int partition = keys.partitionOf(key);
    for (int attempt = 0; attempt < LEASE_ATTEMPTS; attempt++) {
      Object reply = store.call(partitions.lease(partition, key, life));
      List<?> answer = partitions.leased(partition, reply);
      switch ((int) Answers.number(answer.get(0))) {
        case 1 -> {
          Lookup.Hit hit = leased(key, Answers.list(answer, 3));
          if (hit != null) {
            return new LeaseAnswer.Found(hit);
          }
        }
        case 2 -> {
          return new LeaseAnswer.Taken(Answers.number(answer.get(1)));
        }
        case 3 -> {
          return new LeaseAnswer.Granted(Answers.number(answer.get(1)));
        }
        case 4 -> {
          return new LeaseAnswer.Announced(Answers.number(answer.get(1)));
        }
        default -> throw new IOException("Redis answered with an unknown status");
      }
    }
    throw new IOException("entry " + key.digest() + " is damaged again and again");
  }

  /** The entry that was found instead of a lease; null if it was damaged, and is gone now. */
  private Lookup.@Nullable Hit leased(EntryKey key, List<?> answer) throws IOException {
    byte[] value = Answers.bytes(answer.get(1));
    StoredHeader stored = value == null ? null : HeaderCodec.decode(key, value);
    if (value == null || stored == null || !hasWholeBody(stored, value)) {
      store.drop(key, value == null ? new byte[0] : value, true);
      return null;
    }
    boolean stale = Answers.number(answer.get(2)) == 1;
    return hit(new Seen(stored, stale ? Freshness.STALE : Freshness.FRESH), value);
  }

  /** Looks up keys of any partition, those of one partition with one command. */
  List<Lookup> lookupAll(List<EntryKey> wanted) throws IOException {
    List<ByPartition.Group> groups = ByPartition.group(keys, wanted);
    List<Request> requests = new ArrayList<>();
    for (ByPartition.Group group : groups) {
      requests.add(partitions.read(group.partition(), group.pick(wanted)));
    }
    List<@Nullable Object> replies = store.callAll(requests);
    Lookup[] lookups = new Lookup[wanted.size()];
    List<Tagged> tagged = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      ByPartition.Group group = groups.get(i);
      try {
        take(group, wanted, Answers.list(replies.get(i), group.size() + 1), lookups, tagged);
      } catch (IOException e) {
        group.positions().forEach(position -> lookups[position] = RedisTier.skipped(e));
      }
    }
    checkTags(tagged, lookups);
    return List.of(lookups);
  }

  /** An entry of many whose tags are still to be looked at. */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor shown
  private record Tagged(int position, StoredHeader stored, byte[] value) {}

  private void take(
      ByPartition.Group group,
      List<EntryKey> wanted,
      List<?> reply,
      Lookup[] lookups,
      List<Tagged> tagged)
      throws IOException {
    PartitionState state = partitions.state(group.partition(), reply.get(0));
    for (int i = 0; i < group.size(); i++) {
      int position = group.positions().get(i);
      byte[] value = Answers.bytes(reply.get(i + 1));
      StoredHeader stored = judge(wanted.get(position), state, value);
      if (stored == null || value == null) {
        lookups[position] = Lookup.MISS;
      } else if (stored.header().metadata().tags().isEmpty()) {
        lookups[position] = hit(new Seen(stored, stored.header().freshness()), value);
      } else {
        tagged.add(new Tagged(position, stored, value));
      }
    }
  }

  private void checkTags(List<Tagged> tagged, Lookup[] lookups) throws IOException {
    List<Request> requests = new ArrayList<>(tagged.size());
    for (Tagged each : tagged) {
      requests.add(readTags(each.stored));
    }
    List<@Nullable Object> replies = requests.isEmpty() ? List.of() : store.callAll(requests);
    for (int i = 0; i < requests.size(); i++) {
      Tagged each = tagged.get(i);
      try {
        lookups[each.position] = seenByTags(each.stored, each.value, replies.get(i));
      } catch (IOException e) {
        lookups[each.position] = RedisTier.skipped(e);
      }
    }
  }
}
