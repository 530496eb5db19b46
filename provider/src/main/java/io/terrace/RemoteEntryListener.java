package io.terrace;

import javax.cache.event.CacheEntryListener;

/**
 * Marks a listener that also hears what other processes change in a shared tier. It implements this
 * beside one or more of the listeners of JSR-107 and is registered like any of them; its methods
 * are then called for the changes of this process, as always, and for those of the others.
 *
 * <p>Events of others come asynchronously, whatever the registration says, in the order of the
 * changes of each key, after the local copies follow them; filters apply. Such an event says what
 * happened to which key:
 *
 * <ul>
 *   <li>There never is an old value.
 *   <li>The value of a created or updated entry is read from the tiers when it is asked for first,
 *       and may be a later one; it is null if the entry is gone by then. It blocks, and throws
 *       {@link TierUnavailableException} if no tier answers.
 *   <li>A removed or expired entry has no value. A hard purge of the key is a removal, too.
 * </ul>
 *
 * <p>Nothing is told of loads, of moved deadlines and changed metadata, nor of {@code clear} and
 * purges by tag, which look at no entry. Changes of which neither the message nor the log of the
 * shared tier arrived are not told; {@link CoherenceStatistics#distrusted} counts when that may
 * have happened. A cache that shares no tier has no other processes.
 */
public interface RemoteEntryListener<K, V> extends CacheEntryListener<K, V> {}
