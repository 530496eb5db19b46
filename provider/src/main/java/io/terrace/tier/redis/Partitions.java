package io.terrace.tier.redis;

import static io.terrace.tier.redis.Operation.ascii;
import static io.terrace.tier.redis.Operation.number;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.PurgeMode;
import io.terrace.tier.Announcement;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The requests that read and change partitions, and their answers. Remembers the highest stamp it
 * ever saw of each partition, below which no script gives one: neither a server that lost something
 * nor a slow clock makes versions go back. Thread safe; never blocks.
 */
final class Partitions {
  private static final System.Logger LOGGER = System.getLogger(Partitions.class.getName());
  private static final int ARGUMENTS_OF_ALL = 5;

  private final KeySpace keys;
  private final long origin;
  private final byte[] logLength;
  private final AtomicLongArray floors;
  private final AtomicBoolean warned = new AtomicBoolean();

  Partitions(KeySpace keys, long origin, int logLength) {
    this.keys = keys;
    this.origin = origin;
    this.logLength = number(logLength);
    floors = new AtomicLongArray(keys.partitions());
  }

  KeySpace keys() {
    return keys;
  }

  long origin() {
    return origin;
  }

  /** The highest stamp this process ever saw of a partition. */
  long floor(int partition) {
    return floors.get(partition);
  }

  private void saw(int partition, long stamp) {
    if (stamp > floors.get(partition) && stamp <= PartitionState.MAX_STAMP) {
      floors.accumulateAndGet(partition, stamp, Math::max);
    }
  }

  Request command(int partition, String name, byte[]... arguments) {
    byte[][] all = new byte[arguments.length + 1][];
    all[0] = ascii(name);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Request(keys.slot(partition), null, all);
  }

  Request readState(int partition) {
    return command(partition, "GET", keys.state(partition));
  }

  PartitionState state(int partition, @Nullable Object reply) throws IOException {
    PartitionState state = PartitionState.of(Answers.bytes(reply));
    saw(partition, state.last());
    return state;
  }

  /** Reads state and entries at one instant. */
  Request read(int partition, List<EntryKey> wanted) {
    byte[][] names = new byte[wanted.size() + 1][];
    names[0] = keys.state(partition);
    for (int i = 0; i < wanted.size(); i++) {
      names[i + 1] = keys.entry(partition, wanted.get(i));
    }
    return command(partition, "MGET", names);
  }

  /** Reads state and the first bytes of an entry at one instant. */
  Request head(int partition, EntryKey key, int bytes) {
    return new Request(
        keys.slot(partition),
        Scripts.HEAD,
        number(2),
        keys.state(partition),
        keys.entry(partition, key),
        number(bytes - 1L));
  }

  /** Reads the purges of tags. */
  Request readTags(int partition, Iterable<String> tags) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(keys.tags(partition));
    for (String tag : tags) {
      arguments.add(tag.getBytes(UTF_8));
    }
    return command(partition, "HMGET", arguments.toArray(new byte[0][]));
  }

  /** Does operations on keys of a partition as one step. */
  Request change(int partition, List<Operation> operations) {
    List<byte[]> names = new ArrayList<>(2 * operations.size());
    List<byte[]> arguments = new ArrayList<>(6 * operations.size());
    for (Operation operation : operations) {
      names.add(keys.entry(partition, operation.key()));
      names.add(keys.lease(partition, operation.key()));
      Collections.addAll(arguments, operation.arguments());
    }
    return script(Scripts.CHANGE, partition, names, arguments);
  }

  List<Operation.Outcome> outcomes(int partition, int operations, @Nullable Object reply)
      throws IOException {
    List<?> answer = told(partition, Answers.list(reply, 2 + 2 * operations));
    List<Operation.Outcome> outcomes = new ArrayList<>(operations);
    for (int i = 0; i < operations; i++) {
      Operation.Status status =
          switch ((int) Answers.number(answer.get(2 + 2 * i))) {
            case 0 -> Operation.Status.REFUSED;
            case 1 -> Operation.Status.DONE;
            case 2 -> Operation.Status.HEADER_CHANGED;
            case 3 -> Operation.Status.CHUNKS_MISSING;
            default -> throw new IOException("Redis answered with an unknown status");
          };
      outcomes.add(new Operation.Outcome(status, Answers.number(answer.get(3 + 2 * i))));
    }
    return outcomes;
  }

  Request clear(int partition) {
    return script(Scripts.CLEAR, partition, List.of(), List.of());
  }

  /** Clears one partition if its server may have lost something since it was asked last. */
  Request clearAfterLoss(int partition) {
    return script(Scripts.CLEAR_AFTER_LOSS, partition, List.of(keys.run(partition)), List.of());
  }

  /** Whether entries of the partition were dropped. */
  boolean clearedAfterLoss(int partition, @Nullable Object reply) throws IOException {
    List<?> answer = Answers.list(reply, 2);
    saw(partition, Answers.number(answer.get(0)));
    return Answers.number(answer.get(1)) == 1;
  }

  Request forget(int partition) {
    return script(Scripts.FORGET, partition, List.of(), List.of());
  }

  void forgotten(int partition, @Nullable Object reply) throws IOException {
    saw(partition, Answers.number(Answers.list(reply, 1).get(0)));
  }

  /**
   * Announces a change of a key.
   *
   * @param lifeMillis 0 to have nothing run
   */
  Request announce(int partition, EntryKey key, long lifeMillis) {
    return script(
        Scripts.ANNOUNCE,
        partition,
        List.of(keys.entry(partition, key), keys.lease(partition, key)),
        List.of(Operation.hash(key).array(), number(lifeMillis)));
  }

  Announcement announced(int partition, @Nullable Object reply) throws IOException {
    List<?> answer = told(partition, Answers.list(reply, 4));
    return new Announcement(Answers.number(answer.get(2)), Answers.number(answer.get(3)) == 1);
  }

  Request settle(int partition, EntryKey key, long announcement) {
    return script(
        Scripts.SETTLE,
        partition,
        List.of(keys.entry(partition, key), keys.lease(partition, key)),
        List.of(Operation.hash(key).array(), number(announcement)));
  }

  /** Purges a tag in one partition. */
  Request purgeTag(int partition, String tag, PurgeMode mode, long throughVersion) {
    return script(
        Scripts.PURGE_TAG,
        partition,
        List.of(),
        List.of(
            tag.getBytes(UTF_8),
            ascii(mode == PurgeMode.HARD ? "H" : "S"),
            number(throughVersion)));
  }

  /** Checks the answer to a step that has no outcome but that it was done. */
  void done(int partition, @Nullable Object reply) throws IOException {
    told(partition, Answers.list(reply, 2));
  }

  private List<?> told(int partition, List<?> answer) throws IOException {
    saw(partition, Answers.number(answer.get(0)));
    byte[] failure = Answers.bytes(answer.get(1));
    if (failure != null && failure.length > 0 && warned.compareAndSet(false, true)) {
      LOGGER.log(
          Level.WARNING,
          "changes are not told to other processes, which hear of them by the heartbeat alone;"
              + " let the user PUBLISH to channels named '{'*'}'i: {0}",
          new String(failure, UTF_8));
    }
    return answer;
  }

  Request lease(int partition, EntryKey key, Duration life) {
    return script(
        Scripts.LEASE,
        partition,
        List.of(keys.entry(partition, key), keys.lease(partition, key)),
        List.of(number(Math.max(1, life.toMillis()))));
  }

  /** The answer to a lease without the stamp in front. */
  List<?> leased(int partition, @Nullable Object reply) throws IOException {
    List<?> answer = Answers.list(reply, 3);
    saw(partition, Answers.number(answer.get(0)));
    return answer.subList(1, answer.size());
  }

  Request release(int partition, EntryKey key, long lease) {
    byte[] held = ByteBuffer.allocate(Long.BYTES).putLong(lease).array();
    return new Request(
        keys.slot(partition), Scripts.RELEASE, number(1), keys.lease(partition, key), held);
  }

  /**
   * Unlinks what stands in the place of an entry and is none, unless it changed meanwhile.
   *
   * @param found what was found there, or how it begins
   */
  Request drop(int partition, byte[] name, byte[] found) {
    byte[] known = Arrays.copyOf(found, Math.min(found.length, HeaderCodec.FIXED_BYTES));
    return script(Scripts.DROP, partition, List.of(name), List.of(known));
  }

  private Request script(Script script, int partition, List<byte[]> names, List<byte[]> rest) {
    List<byte[]> all = new ArrayList<>(4 + names.size() + ARGUMENTS_OF_ALL + rest.size());
    all.add(number(3 + names.size()));
    all.add(keys.state(partition));
    all.add(keys.log(partition));
    all.add(keys.tags(partition));
    all.addAll(names);
    all.add(number(floors.get(partition)));
    all.add(ByteBuffer.allocate(Long.BYTES).putLong(origin).array());
    all.add(ByteBuffer.allocate(Short.BYTES).putShort((short) partition).array());
    all.add(keys.channel());
    all.add(logLength);
    all.addAll(rest);
    return new Request(keys.slot(partition), script, all.toArray(new byte[0][]));
  }
}
