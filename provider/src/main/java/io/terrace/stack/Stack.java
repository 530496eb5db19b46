package io.terrace.stack;

import io.terrace.CoherenceStatistics;
import io.terrace.EntryInfo;
import io.terrace.Metadata;
import io.terrace.TierStatistics;
import io.terrace.tier.Resident;
import java.io.Closeable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tiers of one cache, seen as one map with atomic operations on a key. Thread safe; operations
 * on one key are linearizable. Values go in and out by reference: copying is the caller's.
 *
 * <p>An entry whose deadline passed is absent here: whoever meets it removes it, and the {@link
 * StackListener} hears of it exactly once. Methods may block for I/O of the tiers below the heap
 * and throw {@link io.terrace.TierUnavailableException} when no tier can answer.
 */
public interface Stack<K, V> extends Closeable {

  /**
   * The live entry, promoted to the tiers above on the way; null if there is none. A stream is open
   * at the version found: it goes to a user, who closes it, or to {@link #release}.
   */
  @Nullable Resident<V> get(K key);

  /** What is done to many keys at once; null where that is no faster than one after the other. */
  default @Nullable BulkOperations<K, V> bulk() {
    return null;
  }

  /**
   * As {@link #get}, but an entry that a soft purge made stale counts as live. For everything else
   * here it is absent: reads miss it, {@link #compareAndSet} with null replaces it, {@link #remove}
   * drops it and returns false. The listener hears nothing of it but its expiry.
   */
  default @Nullable Resident<V> getStale(K key) {
    return get(key);
  }

  /**
   * The live entry for somebody who will not read its value: of a stream nothing is open, but its
   * value has length, metadata and {@code equals}. It need not count as a use of the entry.
   */
  default @Nullable Resident<V> find(K key) {
    Resident<V> resident = get(key);
    if (resident != null) {
      release(resident);
    }
    return resident;
  }

  /**
   * The live entry as the authority has it at this moment, for a decision that has to hold for all
   * processes; {@link #get} may return a copy that another process has just replaced.
   */
  default @Nullable Resident<V> latest(K key) {
    return get(key);
  }

  /**
   * Takes a value in before the entry is changed: what may take long, such as reading a stream to
   * its end, is done here, outside of any order of changes. The result is what to pass to {@link
   * #put} or {@link #compareAndSet}, as often as these refuse, and then to {@link #discard}. A
   * stream is closed in any case.
   *
   * <p>A purge of the key while the value is staged undoes the write: see {@link #wasPurged}. A
   * removal or {@link #clear} does not, since the standard has them before the write then; but for
   * what {@link #openStage} opened, which they undo, too.
   */
  default V stage(K key, V value) {
    return value;
  }

  /**
   * Opens a value that its user pushes, to be staged once it is finished.
   *
   * @param length of the value in bytes, or {@link io.terrace.StreamValue#UNKNOWN_LENGTH}
   * @throws UnsupportedOperationException if the values are no streams
   */
  default StagedWriter<V> openStage(K key, Metadata metadata, long length) {
    throw new UnsupportedOperationException(
        "only a cache of StreamValues can be written to by openWrite");
  }

  /**
   * Whether something undid a staged value before it was committed. From then on {@link #put} and
   * {@link #compareAndSet} store nothing of it, and the latter returns false; no purge undoes what
   * is committed.
   */
  default boolean wasPurged(V staged) {
    return false;
  }

  /** The end of a staged value: drops what was not committed. Idempotent. */
  default void discard(V staged) {}

  /**
   * Gives back an entry that {@link #get} returned and that no user got. It is closed, but goes on
   * to be what {@link #find} would have returned: a value to compare with, to expect and to {@link
   * #retained retain}. Idempotent.
   */
  default void release(Resident<V> resident) {}

  /**
   * What an event keeps of an entry that this stack returned, released or not: of a stream nothing
   * is open. Users get a {@link #handle} of it.
   */
  default V retained(K key, Resident<V> resident) {
    return resident.value();
  }

  /**
   * As {@link #retained} for a staged value that was just committed, or for one that was over as it
   * arrived and that nobody can read any more.
   */
  default V committed(K key, V staged) {
    return staged;
  }

  /**
   * A user's own handle of a retained value. It opens nothing before it is read first, then at the
   * version that was retained, and fails with an {@link java.io.IOException} if that is gone.
   */
  default V handle(V retained) {
    return retained;
  }

  /**
   * A stream of the key that is being written now, to follow while it grows; null if there is none,
   * or the cache does not join writes. Asked after {@link #get} found nothing. It is of no version
   * yet, and like {@link #get}'s it is open.
   */
  default @Nullable V join(K key) {
    return null;
  }

  /** What is known of an entry that this stack returned, as of then. */
  EntryInfo info(Resident<V> resident);

  /** What was said of an entry that this stack returned, as of then. */
  Metadata metadata(Resident<V> resident);

  /** What can be done to the tiers one by one. */
  TierOperations<K> operations();

  /** Whether there is a live entry; no use of it, no promotion. */
  boolean contains(K key);

  /** The live entry, or what the loader makes of its absence. One flight per key and process. */
  @Nullable Resident<V> getOrLoad(K key, Loader<K, V> loader);

  /** Puts the entry whatever the key holds. */
  void put(K key, V value, long expiresAtMillis);

  /**
   * Puts the entry if the key still holds {@code expected}, as this stack returned it; null stands
   * for absent.
   */
  boolean compareAndSet(K key, @Nullable Resident<V> expected, V value, long expiresAtMillis);

  /** Removes the entry if the key still holds {@code expected}. */
  boolean remove(K key, Resident<V> expected);

  /** Removes whatever the key holds; whether there was a live entry. */
  boolean remove(K key);

  /**
   * Removes what {@link #find} does not show of a key: what is stale, copies of what the authority
   * has no more, and what a load or a pushed write in progress would store. To be called when a
   * removal finds nothing, and then it has to look again: a live entry stays, and there may be one
   * that was stored just before.
   */
  void removeRemains(K key);

  /** Moves the deadline of {@code resident} in every tier, if the key still holds it. */
  void touch(K key, Resident<V> resident, long expiresAtMillis);

  /**
   * Live entries: lazy, weakly consistent, without {@code remove}, no use of them. Of a stream
   * nothing is open, as with {@link #find}.
   */
  Iterator<Map.Entry<K, Resident<V>>> iterator();

  /**
   * Undoes what loads and pushed writes in progress would store, whatever their keys: to be called
   * before all entries are removed one by one.
   */
  void undoPending();

  /**
   * Removes everything, without a word to the listener, and what is pending as {@link
   * #undoPending}.
   */
  void clear();

  /** Whether this stack keeps the very objects it is given, as storing by reference requires. */
  boolean keepsObjects();

  /**
   * Whether a value that was put is forgotten once its bytes are stored, and every {@link #get}
   * decodes an object of its own, which nobody else ever sees.
   */
  boolean keepsBytesAlone();

  /** One element a tier, from the top down, without the hits of the heap. */
  List<TierStatistics> statistics();

  /** How the copies follow what other processes change; null if none are known to. */
  default @Nullable CoherenceStatistics coherenceStatistics() {
    return null;
  }

  /** Closes all tiers and deletes what they stored. */
  void destroy();

  /** Closes all tiers; what durable ones hold stays. */
  @Override
  void close();
}
