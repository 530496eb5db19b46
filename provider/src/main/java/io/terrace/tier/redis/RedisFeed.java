package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.terrace.tier.ChangeFeed;
import io.terrace.tier.Changes;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** The messages, the log and the numbers of a cache's partitions. Thread safe. */
final class RedisFeed implements ChangeFeed {
  private static final int STEPS_PER_PAGE = 128;
  private static final int LOGGED = 2;

  private final RedisStore store;
  private final Partitions partitions;

  private final RunIds runs;

  /** The stamp of each partition that the server was last found to have lost. */
  private final AtomicLongArray lost;

  /** Says who told the last numbers. */
  private volatile long run;

  RedisFeed(RedisStore store, RunIds runs) {
    this.store = store;
    partitions = store.partitions();
    this.runs = runs;
    lost = new AtomicLongArray(partitions.keys().partitions());
  }

  @Override
  public long origin() {
    return partitions.origin();
  }

  @Override
  public Closeable subscribe(Listener listener) {
    return store.link().subscribe(partitions.keys().channel(), new Decoding(listener));
  }

  /** Hears messages that anybody may have published. */
  private final class Decoding implements Link.Messages {
    private final Listener listener;

    Decoding(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void received(byte[] message) {
      Changes changes = decode(message);
      if (changes == null) {
        listener.interrupted();
      } else {
        listener.changed(changes);
      }
    }

    @Override
    public void connected() {
      listener.interrupted();
    }
  }

  private @Nullable Changes decode(byte[] message) {
    return MessageCodec.decode(message, partitions.keys().partitions());
  }

  @Override
  public long[] sequences() throws IOException {
    List<Request> requests = new ArrayList<>();
    run = runs.current();
    long[] seen = new long[partitions.keys().partitions()];
    for (int partition = 0; partition < seen.length; partition++) {
      seen[partition] = partitions.floor(partition);
      requests.add(partitions.readState(partition));
    }
    List<@Nullable Object> replies = store.callAll(requests);
    long[] sequences = new long[replies.size()];
    IOException failure = null;
    int known = 0;
    for (int partition = 0; partition < sequences.length; partition++) {
      try {
        PartitionState state = partitions.state(partition, replies.get(partition));
        sequences[partition] = state.tail();
        if (state.last() < seen[partition]) {
          lost.set(partition, seen[partition]);
        }
        known++;
      } catch (IOException e) {
        sequences[partition] = UNKNOWN;
        failure = e;
      }
    }
    if (known == 0 && failure != null) {
      throw failure;
    }
    return sequences;
  }

  /**
   * Changes when a server starts or takes over, and where one is found to have lost a stamp that
   * this process had seen before it asked: so it does even if servers do not say who they are.
   */
  @Override
  public long history(int partition) {
    return run + lost.get(partition);
  }

  @Override
  public @Nullable List<Changes> since(int partition, long sequence) throws IOException {
    Object reply = store.call(partitions.readState(partition));
    long tail = partitions.state(partition, reply).tail();
    List<Changes> steps = new ArrayList<>();
    long reached = sequence;
    while (true) {
      List<?> page = page(partition, reached);
      for (Object each : page) {
        Changes step = step(each);
        if (step == null || step.partition() != partition || step.previous() != reached) {
          return null;
        }
        steps.add(step);
        reached = step.sequence();
      }
      if (page.size() < STEPS_PER_PAGE) {
        // The log may hold more than the state that was read before it, but not less.
        boolean complete = steps.isEmpty() ? tail == sequence : reached >= tail;
        return complete ? steps : null;
      }
    }
  }

  private List<?> page(int partition, long after) throws IOException {
    Request range =
        partitions.command(
            partition,
            "XRANGE",
            partitions.keys().log(partition),
            Operation.ascii("(" + after + "-0"),
            Operation.ascii("+"),
            Operation.ascii("COUNT"),
            Operation.number(STEPS_PER_PAGE));
    return Answers.list(store.call(range));
  }

  /** The step of one record of the log; null if it is none. */
  private @Nullable Changes step(@Nullable Object logged) throws IOException {
    List<?> record = Answers.list(logged, LOGGED);
    byte[] id = Answers.bytes(record.get(0));
    List<?> fields = Answers.list(record.get(1));
    byte[] message = fields.size() == LOGGED ? Answers.bytes(fields.get(1)) : null;
    Changes step = message == null ? null : decode(message);
    return id == null || step == null || !new String(id, US_ASCII).equals(step.sequence() + "-0")
        ? null
        : step;
  }
}
