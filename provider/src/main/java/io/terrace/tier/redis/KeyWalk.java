package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.terrace.Freshness;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Walks over all entries of a cache by {@code SCAN}, a page of keys of one server at a time, and
 * unlinks what is no entry any more. Not thread safe.
 */
final class KeyWalk {
  private static final int KEYS_PER_PAGE = 250;

  /** Keys that were seen lately: servers repeat some while their tables grow or shrink. */
  private static final int WINDOW_KEYS = 16_384;

  private static final String BEGIN = "0";

  private final RedisStore store;
  private final Partitions partitions;
  private final List<String> servers;
  private final Set<Hash> seen = Collections.newSetFromMap(new Window());
  private int server;
  private String cursor = BEGIN;

  KeyWalk(RedisStore store) throws IOException {
    this.store = store;
    partitions = store.partitions();
    store.requireOpen();
    servers = store.link().servers();
  }

  private record Hash(long high, long low) {}

  /** What stands in the place of an entry. */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor shown
  private record Place(int partition, byte[] name, byte[] suffix, byte[] head) {}

  /**
   * Goes on to the next page of keys.
   *
   * @return the headers of the entries in it; null if there is no page any more
   */
  @Nullable List<EntryHeader> nextPage() throws IOException {
    if (server == servers.size()) {
      return null;
    }
    store.requireOpen();
    List<?> reply = Answers.list(store.link().callOn(servers.get(server), scan()), 2);
    byte[] next = Answers.bytes(reply.get(0));
    cursor = next == null ? BEGIN : new String(next, US_ASCII);
    if (cursor.equals(BEGIN)) {
      server++;
    }
    List<EntryHeader> page = new ArrayList<>();
    for (EntryHeader header : entries(places(Answers.list(reply.get(1))))) {
      if (seen.add(new Hash(header.key().hashHigh(), header.key().hashLow()))) {
        page.add(header);
      }
    }
    return page;
  }

  private Request scan() {
    return new Request(
        -1,
        null,
        Operation.ascii("SCAN"),
        Operation.ascii(cursor),
        Operation.ascii("MATCH"),
        partitions.keys().pattern(),
        Operation.ascii("COUNT"),
        Operation.number(KEYS_PER_PAGE));
  }

  /** The names that are of entries, with the bytes that stand there. */
  private List<Place> places(List<?> names) throws IOException {
    List<KeySpace.Named> entries = new ArrayList<>();
    List<Request> requests = new ArrayList<>();
    for (Object name : names) {
      byte[] bytes = Answers.bytes(name);
      KeySpace.Named named = bytes == null ? null : partitions.keys().parse(bytes);
      if (named != null && named.kind() == 'e') {
        entries.add(named);
        requests.add(head(named.partition(), named.name(), EntryReader.HEAD_BYTES));
      }
    }
    List<@Nullable Object> heads = all(requests);
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      KeySpace.Named named = entries.get(i);
      if (heads.get(i) instanceof byte[] head && head.length > 0) {
        places.add(
            new Place(named.partition(), named.name(), named.suffix(), complete(named, head)));
      }
    }
    return places;
  }

  private List<@Nullable Object> all(List<Request> requests) throws IOException {
    return requests.isEmpty() ? List.of() : store.callAll(requests);
  }

  private Request head(int partition, byte[] name, int length) {
    byte[] end = Operation.number(length - 1L);
    return partitions.command(partition, "GETRANGE", name, Operation.number(0), end);
  }

  private byte[] complete(KeySpace.Named named, byte[] head) throws IOException {
    int length = HeaderCodec.length(head);
    if (length <= head.length || head.length < EntryReader.HEAD_BYTES) {
      return head;
    }
    byte[] whole = Answers.bytes(store.call(head(named.partition(), named.name(), length)));
    return whole == null ? head : whole;
  }

  /** Of these places, the headers of what is an entry; the rest is unlinked. */
  private List<EntryHeader> entries(List<Place> places) throws IOException {
    Map<Integer, PartitionState> states = states(places);
    List<Place> held = new ArrayList<>();
    List<StoredHeader> headers = new ArrayList<>();
    List<Place> dead = new ArrayList<>();
    for (Place place : places) {
      StoredHeader stored = decode(place);
      PartitionState state = states.getOrDefault(place.partition, PartitionState.NONE);
      if (stored != null && state.holds(stored.stamp())) {
        held.add(place);
        headers.add(stored);
      } else {
        dead.add(place);
      }
    }
    List<EntryHeader> entries = new ArrayList<>();
    List<@Nullable Freshness> seenAs = checkTags(headers);
    for (int i = 0; i < headers.size(); i++) {
      Freshness freshness = seenAs.get(i);
      if (freshness == null) {
        dead.add(held.get(i));
      } else {
        entries.add(new EntryReader.Seen(headers.get(i), freshness).header());
      }
    }
    drop(dead);
    return entries;
  }

  private @Nullable StoredHeader decode(Place place) {
    EntryKey key = HeaderCodec.key(place.suffix, place.head);
    return key == null || partitions.keys().partitionOf(key) != place.partition
        ? null
        : HeaderCodec.decode(key, place.head);
  }

  /** The states of the partitions, read after the entries, whose stamps they therefore know. */
  private Map<Integer, PartitionState> states(List<Place> places) throws IOException {
    Map<Integer, PartitionState> states = new TreeMap<>();
    for (Place place : places) {
      states.put(place.partition, PartitionState.NONE);
    }
    List<Integer> wanted = List.copyOf(states.keySet());
    List<@Nullable Object> replies = all(wanted.stream().map(partitions::readState).toList());
    for (int i = 0; i < wanted.size(); i++) {
      states.put(wanted.get(i), partitions.state(wanted.get(i), replies.get(i)));
    }
    return states;
  }

  /** How each entry is to be seen; null where a tag of it was purged. */
  private List<@Nullable Freshness> checkTags(List<StoredHeader> headers) throws IOException {
    List<@Nullable Freshness> freshness = new ArrayList<>();
    List<Integer> tagged = new ArrayList<>();
    List<Request> requests = new ArrayList<>();
    for (StoredHeader stored : headers) {
      EntryHeader header = stored.header();
      if (!header.metadata().tags().isEmpty()) {
        int partition = partitions.keys().partitionOf(header.key());
        tagged.add(freshness.size());
        requests.add(partitions.readTags(partition, header.metadata().tags()));
      }
      freshness.add(header.freshness());
    }
    List<@Nullable Object> replies = all(requests);
    for (int i = 0; i < requests.size(); i++) {
      int position = tagged.get(i);
      List<?> epochs = Answers.list(replies.get(i));
      freshness.set(position, EntryReader.freshness(headers.get(position).header(), epochs));
    }
    return freshness;
  }

  private void drop(List<Place> dead) throws IOException {
    List<Request> requests = new ArrayList<>();
    for (Place place : dead) {
      requests.add(partitions.drop(place.partition, place.name, place.head));
    }
    all(requests); // what fails is met again
  }

  /** Remembers the last ones alone. */
  private static final class Window extends LinkedHashMap<Hash, Boolean> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Hash, Boolean> eldest) {
      return size() > WINDOW_KEYS;
    }
  }
}
