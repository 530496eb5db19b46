package io.terrace.stack;

import io.terrace.tier.EntryKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is at work on which key of a stack of streams, which is what keeps stale bytes out of the
 * upper tiers (I3, I4):
 *
 * <ul>
 *   <li>A reader takes the key's watch before it looks below the top tier. What it read may be
 *       copied up as long as the watch is not over.
 *   <li>Whoever changes the key ends the watch first, waits for a commit that is under way, and
 *       until the change is complete readers ask the authority and promote nothing.
 *   <li>A change that met another one leaves the upper tiers without the key.
 *   <li>A removal or purge that undoes writes in progress comes before or after each commit at the
 *       authority, never in between a commit's last look and its effect.
 * </ul>
 *
 * Thread safe. Remembers a key only while somebody is at work on it.
 */
final class StreamWork {
  private final ConcurrentHashMap<EntryKey, KeyWork> works = new ConcurrentHashMap<>();

  /** How many clears are under way; while one is, nothing is copied up. */
  private final AtomicInteger clearings = new AtomicInteger();

  /** The work of a key, until {@link #release}. */
  KeyWork acquire(EntryKey key) {
    KeyWork work =
        works.compute(
            key,
            (k, current) -> {
              KeyWork used = current == null ? new KeyWork() : current;
              used.users++;
              return used;
            });
    return work;
  }

  void release(EntryKey key, KeyWork work) {
    works.compute(key, (k, current) -> --work.users == 0 ? null : current);
  }

  /** A watch that began after the key's work was acquired, or null if nothing may be promoted. */
  KeyWork.@Nullable Watch watch(KeyWork work) {
    KeyWork.Watch watch = work.watch();
    return clearings.get() > 0 ? null : watch;
  }

  /** Whether the key is being changed, or all are. */
  boolean isChanging(EntryKey key) {
    KeyWork work = works.get(key);
    return clearings.get() > 0 || (work != null && work.isChanging());
  }

  /** Begins a change of the key; ends with {@link #endTurn}. */
  KeyWork beginTurn(EntryKey key) {
    KeyWork work = acquire(key);
    work.beginTurn(clearings);
    return work;
  }

  void endTurn(EntryKey key, KeyWork work) {
    work.endTurn();
    release(key, work);
  }

  /**
   * This process is told of a change that it made itself: until {@link #endConfirm} nothing is
   * copied up, but for what a lone writer commits above this version.
   */
  KeyWork beginConfirm(EntryKey key, long version) {
    KeyWork work = acquire(key);
    work.beginConfirm(version);
    return work;
  }

  void endConfirm(EntryKey key, KeyWork work) {
    work.endConfirm();
    release(key, work);
  }

  /** The latest write in progress that can be followed, or null. */
  @Nullable GrowingBody latestWrite(EntryKey key) {
    KeyWork work = works.get(key);
    return work == null ? null : work.latestWrite();
  }

  /** Writes in progress that removals undo become ineffective. */
  void removeWrites() {
    for (KeyWork work : works.values()) {
      work.undoBefore(work::removeWrites);
    }
  }

  /** Writes in progress with this tag become ineffective. */
  void purgeWrites(String tag) {
    for (KeyWork work : works.values()) {
      work.undoBefore(() -> work.purgeWrites(tag));
    }
  }

  /** Writes in progress of these keys become ineffective. */
  void purgeWrites(Predicate<EntryKey> which) {
    works.forEach(
        (key, work) -> {
          if (which.test(key)) {
            work.undoBefore(work::purgeWrites);
          }
        });
  }

  /** Nothing that was read of these keys before is copied up. */
  void dropCopies(Predicate<EntryKey> which) {
    works.forEach(
        (key, work) -> {
          if (which.test(key)) {
            work.dropCopies();
          }
        });
  }

  /** Runs {@code clear} while nothing that was read or written before its end is copied up. */
  void clearing(Runnable clear) {
    clearings.incrementAndGet();
    try {
      works.values().forEach(KeyWork::clear);
      clear.run();
    } finally {
      clearings.decrementAndGet();
    }
  }

  /** As {@link #clearing}, without undoing writes in progress. */
  void withoutCopies(Runnable change) {
    clearings.incrementAndGet();
    try {
      works.values().forEach(KeyWork::dropCopies);
      change.run();
    } finally {
      clearings.decrementAndGet();
    }
  }

  /** Whether nobody is at work on any key. */
  boolean isIdle() {
    return works.isEmpty();
  }
}
