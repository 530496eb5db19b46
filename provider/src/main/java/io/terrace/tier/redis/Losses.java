package io.terrace.tier.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clears what servers hold that started or took over, and so may have lost something that they had
 * acknowledged. Each partition remembers the run of its server that it was cleared for, whoever
 * asked for it. Thread safe.
 */
final class Losses {
  private final RedisStore store;
  private final Partitions partitions;
  private final RunIds runs;

  /** The runs for which all partitions were asked; null before the first time. */
  private volatile @Nullable Long asked;

  Losses(RedisStore store, RunIds runs) {
    this.store = store;
    this.runs = runs;
    partitions = store.partitions();
  }

  /**
   * Asks the servers who they are, and the partitions if it is somebody else than before. Blocks
   * for a command of each server, and for one more then.
   *
   * @return whether a partition was cleared
   */
  boolean clear() throws IOException {
    store.requireOpen();
    long now = runs.current(); // before the partitions: a server that starts meanwhile is met again
    Long before = asked;
    if (before != null && before == now) {
      return false;
    }
    boolean cleared = askPartitions();
    asked = now;
    return cleared;
  }

  private boolean askPartitions() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int partition = 0; partition < partitions.keys().partitions(); partition++) {
      requests.add(partitions.clearAfterLoss(partition));
    }
    List<@Nullable Object> replies = store.callAll(requests);
    boolean cleared = false;
    for (int partition = 0; partition < replies.size(); partition++) {
      cleared |= partitions.clearedAfterLoss(partition, replies.get(partition));
    }
    return cleared;
  }
}
