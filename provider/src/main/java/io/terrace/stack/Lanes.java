package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.TierCapabilities.Scope;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The lanes one body takes into tiers above the authority: tiers of this process in line, since
 * they only copy memory, the others behind queues. Single owner, not thread safe.
 */
final class Lanes {
  private final ChunkPool pool;
  private final List<Lane> inline = new ArrayList<>(1);
  private final List<QueuedLane> queued = new ArrayList<>(0);

  /** Whether the body came to its end, or will never. */
  private boolean ended;

  /** What the queued lanes were not given yet. */
  private @Nullable ByteBuffer pending;

  /**
   * @param patienceNanos how long to wait in all for each queued lane
   */
  Lanes(
      List<OptionalTier> tiers,
      EntryHeader header,
      ChunkPool pool,
      Executor executor,
      long patienceNanos) {
    this.pool = pool;
    for (OptionalTier tier : tiers) {
      Lane lane = new Lane(tier, header);
      if (tier.tier().capabilities().scope() == Scope.PROCESS) {
        inline.add(lane);
      } else {
        queued.add(new QueuedLane(lane, executor, patienceNanos));
      }
    }
  }

  /** Hands the bytes to every lane; the caller may reuse the buffer afterwards. */
  void write(ByteBuffer bytes) {
    for (Lane lane : inline) {
      lane.write(bytes);
    }
    if (!queued.isEmpty()) {
      collect(bytes.duplicate());
    }
  }

  private void collect(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      ByteBuffer chunk = pending == null ? pool.acquire() : pending;
      int count = Math.min(chunk.remaining(), bytes.remaining());
      chunk.put(chunk.position(), bytes, bytes.position(), count);
      chunk.position(chunk.position() + count);
      bytes.position(bytes.position() + count);
      pending = chunk;
      if (!chunk.hasRemaining()) {
        send();
      }
    }
  }

  private void send() {
    ByteBuffer chunk = pending;
    pending = null;
    if (chunk == null) {
      return;
    }
    SharedChunk shared = new SharedChunk(pool, chunk.flip(), queued.size());
    for (QueuedLane lane : queued) {
      lane.offer(shared);
    }
  }

  /** The end of a write: every lane is complete or given up when this returns. */
  void finish() {
    send();
    for (QueuedLane lane : queued) {
      lane.endAndAwait();
    }
  }

  /** Commits what was finished, and leaves the tiers of the others without the key. */
  void commit(EntryHeader committed) {
    ended = true;
    for (int i = queued.size() - 1; i >= 0; i--) {
      QueuedLane lane = queued.get(i);
      AbortReason reason = lane.givenUp();
      if (reason == null) {
        lane.lane().commit(committed);
      } else {
        lane.lane().tier().counters.aborted(reason);
        lane.lane().tier().purgeThrough(committed.key(), committed.version());
      }
    }
    for (int i = inline.size() - 1; i >= 0; i--) {
      inline.get(i).commit(committed);
    }
  }

  /** How one lane of a finished promotion ends. */
  interface Ending {
    void end(Lane lane);
  }

  /** The end of a promotion: ends each lane as soon as everything went through it. */
  void complete(Ending ending) {
    ended = true;
    send();
    for (QueuedLane lane : queued) {
      lane.end(() -> ending.end(lane.lane()));
    }
    for (Lane lane : inline) {
      ending.end(lane);
    }
  }

  int count() {
    return inline.size() + queued.size();
  }

  /** Drops what was written; no effect after the end. */
  void abort(AbortReason reason) {
    if (ended) {
      return;
    }
    ended = true;
    if (pending != null) {
      pool.release(pending);
      pending = null;
    }
    for (Lane lane : inline) {
      lane.abort(reason);
      lane.count();
    }
    for (QueuedLane lane : queued) {
      lane.abort(reason);
      lane.lane().tier().counters.aborted(reason);
    }
  }
}
