package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.Lookup;
import io.terrace.tier.WriteHandle;
import io.terrace.tier.aws.BodyNames.KeyHash;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Many lookups or changes, with several requests at a time. Lookups go together, a hundred in a
 * request. Changes do not: what DynamoDB writes as a batch can have no condition, and every change
 * here has one. Thread safe.
 */
final class Batches {
  /** How often what DynamoDB left out of an answer is asked for. */
  private static final int ATTEMPTS = 8;

  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(25).toNanos();

  private final AwsStore store;
  private final EntryReader reader;
  private final ItemWriter writer;
  private final Lanes lanes;

  Batches(AwsStore store, EntryReader reader, ItemWriter writer, Lanes lanes) {
    this.store = store;
    this.reader = reader;
    this.writer = writer;
    this.lanes = lanes;
  }

  List<Lookup> lookupAll(List<EntryKey> wanted) throws IOException {
    store.makeReady();
    Lookup[] answers = new Lookup[wanted.size()];
    Map<KeyHash, List<Integer>> positions = new LinkedHashMap<>();
    for (int i = 0; i < answers.length; i++) {
      positions.computeIfAbsent(ItemKeys.hash(wanted.get(i)), hash -> new ArrayList<>()).add(i);
    }
    List<KeyHash> hashes = List.copyOf(positions.keySet());
    List<Runnable> tasks = new ArrayList<>();
    for (int from = 0; from < hashes.size(); from += Table.MAX_BATCH) {
      List<KeyHash> some = hashes.subList(from, Math.min(from + Table.MAX_BATCH, hashes.size()));
      tasks.add(
          () -> {
            Answers answered = answers(some);
            for (KeyHash hash : some) {
              for (int position : positions.getOrDefault(hash, List.of())) {
                answers[position] = answered.to(wanted.get(position), hash);
              }
            }
          });
    }
    lanes.runAll(tasks);
    return List.of(answers);
  }

  /** What is the answer for each key of a hash. */
  @FunctionalInterface
  private interface Answers {
    Lookup to(EntryKey key, KeyHash hash);
  }

  private Answers answers(List<KeyHash> hashes) {
    try {
      Map<KeyHash, Map<String, AttributeValue>> found = find(hashes);
      return (key, hash) -> {
        try {
          return reader.judge(key, store.items().read(key, found.getOrDefault(hash, Map.of())));
        } catch (IOException e) {
          return AwsTier.skipped(e);
        }
      };
    } catch (IOException e) {
      return (key, hash) -> AwsTier.skipped(e);
    }
  }

  /** The items that there are of some keys. */
  private Map<KeyHash, Map<String, AttributeValue>> find(List<KeyHash> hashes) throws IOException {
    Map<KeyHash, Map<String, AttributeValue>> found = new HashMap<>();
    List<Map<String, AttributeValue>> left = hashes.stream().map(store.keys()::entry).toList();
    long pause = FIRST_PAUSE_NANOS;
    for (int attempt = 1; !left.isEmpty(); attempt++) {
      Table.Batch batch = store.table().getAll(left);
      for (Map<String, AttributeValue> item : batch.items()) {
        KeyHash hash = ItemKeys.hash(item);
        if (hash != null) {
          found.put(hash, item);
        }
      }
      left = batch.unprocessed();
      if (!left.isEmpty()) {
        if (attempt == ATTEMPTS) {
          throw store.table().leftOut();
        }
        Pause.upTo(pause);
        pause *= 2;
      }
    }
    return found;
  }

  List<WriteResult> writeAll(List<WholeWrite> writes) throws IOException {
    return changeAll(writes.size(), i -> writes.get(i).header().key(), i -> write(writes.get(i)));
  }

  private CommitResult write(WholeWrite write) throws IOException {
    long length = write.body().remaining();
    if (length > store.maxEntryBytes()) {
      throw new EntryTooLargeForTierException(AwsTier.NAME, length, store.maxEntryBytes());
    }
    try (WriteHandle handle =
        new AwsWriteHandle(store, writer, write.header(), write.condition())) {
      handle.write(write.body().duplicate());
      return handle.commit();
    }
  }

  List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) throws IOException {
    return changeAll(keys.size(), keys::get, i -> purge(keys.get(i), reason));
  }

  private CommitResult purge(EntryKey key, PurgeReason reason) throws IOException {
    CommitResult result = writer.purge(key, Condition.ALWAYS);
    if (result instanceof CommitResult.Committed) {
      store.purged(reason);
    }
    return result;
  }

  /** A change of the key at a position. */
  @FunctionalInterface
  private interface ChangeAt {
    CommitResult make(int position) throws IOException;
  }

  /** Makes changes in as many lanes as there are, those of one key in one lane. */
  private List<WriteResult> changeAll(int count, IntFunction<EntryKey> keys, ChangeAt change)
      throws IOException {
    store.makeReady();
    WriteResult[] results = new WriteResult[count];
    List<List<Integer>> positions = new ArrayList<>();
    for (int lane = 0; lane < lanes.count(); lane++) {
      positions.add(new ArrayList<>());
    }
    for (int i = 0; i < count; i++) {
      positions.get(Math.floorMod(keys.apply(i).hashCode(), lanes.count())).add(i);
    }
    lanes.runAll(positions.stream().map(lane -> changes(lane, change, results)).toList());
    return List.of(results);
  }

  private static Runnable changes(List<Integer> lane, ChangeAt change, WriteResult[] results) {
    return () -> {
      for (int position : lane) {
        try {
          results[position] = new WriteResult.Done(change.make(position));
        } catch (IOException e) {
          results[position] = new WriteResult.Failed(e);
        }
      }
    };
  }
}
