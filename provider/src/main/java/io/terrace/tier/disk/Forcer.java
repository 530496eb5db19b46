package io.terrace.tier.disk;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings the log to the device, always in the order it was written, so that a power cut leaves a
 * prefix. Several writers that wait for the same bytes share one force. Thread safe.
 */
final class Forcer {
  /*
   * `lock` is held while the device works: it orders forces and lets those who wait find that
   * another did it for them. Acquired without holding the log's lock; the log's lock is not taken
   * under it.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final RegionLog log;
  private volatile long forcedRecord;
  private long directoryForcedFor;
  private volatile @Nullable IOException failure;

  Forcer(RegionLog log) {
    this.log = log;
  }

  /** Returns once this record and all before it are on the device. */
  void force(long record) throws IOException {
    if (forcedRecord >= record) {
      return;
    }
    lock.lock();
    try {
      if (forcedRecord < record) {
        long before = log.nextRecord() - 1;
        forceThrough(Long.MAX_VALUE);
        forcedRecord = before;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns once everything that was appended before the call is on the device. */
  void forceAll() throws IOException {
    force(log.nextRecord() - 1);
  }

  /** Brings the full regions to the device; not tried again after a failure. */
  void forceSealed() throws IOException {
    lock.lock();
    try {
      if (failure == null) {
        forceThrough(log.sealedThrough());
      }
    } finally {
      lock.unlock();
    }
  }

  /*
   * After a failed force the system may have dropped the bytes and would report success next time.
   * Nothing is claimed to be on the device from then on; recovery treats it as a tail.
   */
  private void forceThrough(long lastRegion) throws IOException {
    requireSound();
    long sealed = Math.min(log.sealedThrough(), lastRegion);
    try {
      for (Region region : log.regions().all()) {
        if (region.sequence() > log.forcedThrough() && region.sequence() <= lastRegion) {
          forceOne(region);
        }
      }
    } catch (IOException e) {
      if (!log.isClosed()) {
        failure = e;
      }
      throw new IOException("the disk tier could not force its log: " + e.getMessage(), e);
    }
    if (sealed > log.forcedThrough()) {
      log.forcedThrough(sealed);
    }
  }

  /** Fails if a force ever failed. */
  void requireSound() throws IOException {
    IOException before = failure;
    if (before != null) {
      throw new IOException("an earlier force failed: " + before.getMessage(), before);
    }
  }

  private void forceOne(Region region) throws IOException {
    if (!region.pin()) {
      return; // reclaimed meanwhile
    }
    try {
      region.force();
      if (region.sequence() > directoryForcedFor) {
        log.forceDirectory();
        directoryForcedFor = region.sequence();
      }
    } finally {
      region.unpin();
    }
  }
}
