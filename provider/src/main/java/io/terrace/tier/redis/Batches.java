package io.terrace.tier.redis;

import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Many changes with few round trips: those of a partition are one step, unless they take more than
 * a command may. Bodies that do not go into a command are written by themselves. Thread safe.
 */
final class Batches {
  /** What is sent before the answers are read: bounds the time that a round trip takes. */
  private static final long MAX_TRIP_BYTES = 8 << 20;

  private final RedisStore store;
  private final Partitions partitions;

  Batches(RedisStore store) {
    this.store = store;
    partitions = store.partitions();
  }

  /** Changes of one partition that become one step. */
  private static final class Step {
    final int partition;
    final List<Operation> operations = new ArrayList<>();
    final List<Integer> positions = new ArrayList<>();
    long bytes;

    Step(int partition) {
      this.partition = partition;
    }

    boolean hasRoomFor(Operation operation) {
      return operations.isEmpty()
          || (operations.size() < ByPartition.MAX_GROUP
              && bytes + operation.bytes() <= RedisStore.MAX_COMMAND_BYTES);
    }

    void add(int position, Operation operation) {
      operations.add(operation);
      positions.add(position);
      bytes += operation.bytes();
    }
  }

  /** The changes of one round trip, and what became of all changes. */
  private final class Trip {
    private final WriteResult[] results;
    private final long[] sizes;
    private final List<Step> steps = new ArrayList<>();
    private final Step[] open = new Step[partitions.keys().partitions()];
    private long bytes;

    Trip(int changes) {
      results = new WriteResult[changes];
      sizes = new long[changes];
    }

    void add(int position, Operation operation) throws IOException {
      int partition = partitions.keys().partitionOf(operation.key());
      @Nullable Step step = open[partition];
      boolean full = step != null && !step.hasRoomFor(operation);
      if (full || bytes + operation.bytes() > MAX_TRIP_BYTES) {
        go(); // steps of one partition are never under way together, lest they overtake
        step = null;
      }
      if (step == null) {
        step = new Step(partition);
        open[partition] = step;
        steps.add(step);
      }
      step.add(position, operation);
      bytes += operation.bytes();
    }

    void go() throws IOException {
      List<Request> requests = new ArrayList<>(steps.size());
      for (Step step : steps) {
        requests.add(partitions.change(step.partition, step.operations));
      }
      List<@Nullable Object> replies = requests.isEmpty() ? List.of() : store.callAll(requests);
      for (int i = 0; i < requests.size(); i++) {
        take(steps.get(i), replies.get(i));
      }
      steps.clear();
      Arrays.fill(open, null);
      bytes = 0;
    }

    private void take(Step step, @Nullable Object reply) {
      try {
        List<Operation.Outcome> outcomes =
            partitions.outcomes(step.partition, step.operations.size(), reply);
        for (int i = 0; i < outcomes.size(); i++) {
          int position = step.positions.get(i);
          results[position] =
              new WriteResult.Done(RedisWriteHandle.result(outcomes.get(i), sizes[position]));
        }
      } catch (IOException e) {
        step.positions.forEach(position -> results[position] = new WriteResult.Failed(e));
      }
    }
  }

  List<WriteResult> writeAll(List<WholeWrite> writes) throws IOException {
    Trip trip = new Trip(writes.size());
    for (int i = 0; i < writes.size(); i++) {
      WholeWrite write = writes.get(i);
      try {
        int length = write.body().remaining();
        trip.sizes[i] = length;
        if (length > store.chunkBytes()
            || RedisWriteHandle.inlineBytes(write.header()) + length
                > RedisStore.MAX_COMMAND_BYTES) {
          trip.go(); // what comes before it is done before it
          trip.results[i] = new WriteResult.Done(writeAlone(write));
        } else {
          trip.add(i, put(write));
        }
      } catch (IOException e) {
        trip.results[i] = new WriteResult.Failed(e);
      }
    }
    trip.go();
    return List.of(trip.results);
  }

  private CommitResult writeAlone(WholeWrite write) throws IOException {
    try (WriteHandle handle = new RedisWriteHandle(store, write.header(), write.condition())) {
      handle.write(write.body().duplicate());
      return handle.commit();
    }
  }

  private Operation put(WholeWrite write) throws IOException {
    EntryHeader header = write.header();
    ByteBuffer body = write.body().duplicate();
    int length = body.remaining();
    if (length > store.maxEntryBytes()) {
      throw new EntryTooLargeForTierException(RedisTier.NAME, length, store.maxEntryBytes());
    }
    RedisWriteHandle.requireFits(header);
    CRC32C crc = new CRC32C();
    crc.update(body.duplicate());
    EntryHeader complete = header.completedBy(length, (int) crc.getValue());
    byte[] head = HeaderCodec.encode(complete, null);
    byte[] value = Arrays.copyOf(head, head.length + length);
    body.get(value, head.length, length);
    long ttlMillis = store.ttlMillis(header.expiresAtMillis());
    return Operation.put(header.key(), write.condition(), EntryHeader.UNASSIGNED, ttlMillis, value);
  }

  List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) throws IOException {
    Trip trip = new Trip(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      trip.add(i, Operation.purge(keys.get(i), reason, Condition.ALWAYS));
    }
    trip.go();
    for (WriteResult result : trip.results) {
      if (result instanceof WriteResult.Done done
          && done.result() instanceof CommitResult.Committed) {
        store.purged(reason);
      }
    }
    return List.of(trip.results);
  }
}
