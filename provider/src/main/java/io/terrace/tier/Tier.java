package io.terrace.tier;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import java.io.Closeable;
import java.io.IOException;

/**
 * One level of a stack: a store of byte bodies under versioned headers. The contract every byte
 * tier keeps; {@code TierContract} in the tests is its executable form.
 *
 * <p>All methods are thread safe and may block for I/O, never longer than the tier's own time-outs.
 * An {@link IOException} means that the tier could not do it and that nothing changed, except where
 * a commit says otherwise. After {@link #close} every method throws {@link IOException}.
 *
 * <p>A tier checks no deadlines, knows no other tier and decides nothing about promotion: the stack
 * does. It never returns bytes whose checksum is wrong: it purges the entry as CORRUPTION, counts
 * it, and answers with a miss (or, in the middle of a body, with an {@code IOException}).
 */
public interface Tier extends Closeable {

  /** The tier's name in configuration, messages and statistics, such as {@code disk}. */
  String name();

  TierCapabilities capabilities();

  /** The largest body this tier admits, in bytes. */
  long maxEntryBytes();

  /** Looks one key up. Never throws for a failure of the tier: that is {@link Lookup.Skipped}. */
  Lookup lookup(EntryKey key);

  /**
   * As {@link #lookup}, for somebody who closes the body unread: a tier that would have to fetch it
   * may answer with one that cannot be read.
   */
  default Lookup lookupHeader(EntryKey key) {
    return lookup(key);
  }

  /**
   * Opens a write of one entry.
   *
   * @param header the header of the entry; its length, checksum and version may be unknown yet
   * @param condition checked at the commit
   * @throws EntryTooLargeForTierException if the declared length is over {@link #maxEntryBytes}
   */
  WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException;

  /**
   * Removes a key if the condition holds.
   *
   * @return whether an entry was removed
   */
  boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException;

  /**
   * Changes deadline or metadata of the entry if it has this version; body and version stay.
   *
   * @return whether the entry was there at this version
   */
  boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException;

  /**
   * Purges every entry that has this tag and a version up to {@code throughVersion}, in time
   * independent of their number. From here on {@link #lookup} and {@link #scan} do not find them,
   * or find them {@link io.terrace.Freshness#STALE} after a soft purge. As durable as the entries
   * are.
   *
   * @param throughVersion a version the authority gave, or {@link EntryHeader#UNASSIGNED} in the
   *     authority itself for every version it has given
   * @return the version the purge goes through
   */
  long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException;

  /**
   * Removes everything, in time independent of the number of entries as far as the medium allows.
   */
  void clear() throws IOException;

  HeaderCursor scan() throws IOException;

  TierUsage usage();

  /** Closes the tier and deletes what it stored. */
  void destroy() throws IOException;

  /** Closes the tier in good order; idempotent. Open read handles fail or finish, none hangs. */
  @Override
  void close() throws IOException;
}
