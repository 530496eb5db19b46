package io.terrace.tier.disk;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The bodies that are being written in chunks. Guarded by the log's lock, which it takes itself.
 */
final class LongWrites {
  private final ReentrantLock lock;
  private final Regions regions;
  private final Map<Long, LongWrite> pending = new HashMap<>();
  private long lastId;
  private long bytes;

  /**
   * @param lock the log's
   * @param regions the log's
   */
  LongWrites(ReentrantLock lock, Regions regions) {
    this.lock = lock;
    this.regions = regions;
  }

  LongWrite begin() {
    lock.lock();
    try {
      LongWrite write = new LongWrite(++lastId);
      pending.put(write.id(), write);
      return write;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets a write: its chunks are an entry's now, or garbage. Idempotent. */
  void end(LongWrite write) {
    lock.lock();
    try {
      if (!write.hasEnded()) {
        write.end();
        pending.remove(write.id());
        bytes -= write.parts().totalRecordBytes();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Refuses a chunk that would let writes in progress, which cannot be evicted, fill the disk. */
  void requireRoom(int recordBytes, long limitBytes) throws IOException {
    if (bytes() + recordBytes > limitBytes) {
      throw new IOException(
          "the bodies being written to the disk tier take half of it: raise disk.max-bytes");
    }
  }

  void add(LongWrite write, long location, int recordBytes, int bodyBytes) {
    lock.lock();
    try {
      write.parts().add(location, recordBytes, bodyBytes);
      bytes += recordBytes;
      FollowedParts followed = write.followed();
      if (followed != null) {
        followed.add(regions, location, recordBytes, bodyBytes);
      }
    } finally {
      lock.unlock();
    }
  }

  /** From here on the chunks of the write, those that are there included, are kept by these. */
  void follow(LongWrite write, FollowedParts followed) throws IOException {
    lock.lock();
    try {
      if (write.hasEnded()) {
        throw new IOException("the write was aborted");
      }
      Parts parts = write.parts();
      for (int part = 0; part < parts.count(); part++) {
        followed.add(regions, parts.location(part), parts.recordBytes(part), parts.bodyBytes(part));
      }
      write.followBy(followed);
    } finally {
      lock.unlock();
    }
  }

  /** Nobody follows the write any more. */
  void unfollow(LongWrite write) {
    lock.lock();
    try {
      write.followBy(null);
    } finally {
      lock.unlock();
    }
  }

  /** Moves the chunk at a location; false if no write in progress has one there. */
  boolean move(long id, long from, long to, int recordBytes) {
    lock.lock();
    try {
      LongWrite write = find(id, from);
      if (write == null) {
        return false;
      }
      write.parts().move(write.parts().indexOf(from), to, recordBytes);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The write with this number, if it has a chunk at this location. */
  @Nullable LongWrite find(long id, long location) {
    lock.lock();
    try {
      LongWrite write = pending.get(id);
      return write != null && write.parts().indexOf(location) >= 0 ? write : null;
    } finally {
      lock.unlock();
    }
  }

  /** What all of them have in the log. */
  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /** The lowest number of a region that has a chunk. */
  long oldestRegion() {
    lock.lock();
    try {
      long oldest = Long.MAX_VALUE;
      for (LongWrite write : pending.values()) {
        oldest = Math.min(oldest, write.parts().oldestRegion());
      }
      return oldest;
    } finally {
      lock.unlock();
    }
  }
}
