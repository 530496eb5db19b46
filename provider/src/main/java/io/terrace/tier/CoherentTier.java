package io.terrace.tier;

import java.io.IOException;
import java.time.Duration;

/**
 * A shared tier that tells of its changes. Its keys are divided into partitions; the changes of one
 * partition are ordered, numbered and told to every process, which is what keeps the copies in
 * their local tiers coherent. A change and the number it gets in its partition are one atomic step.
 *
 * <p>Where it stands above another shared tier, that one is the authority, and what is here are
 * copies that all processes share. A change there is announced here first, and afterwards stored
 * under its announcement, or settled without: so neither a process that dies in between nor a
 * reader that is slow leaves here what is out of date. Thread safe.
 */
public interface CoherentTier extends SharedTier {

  /** How many partitions there are; fixed for the life of the data. */
  int partitions();

  /** The partition of a key, from 0 on; the same in every process. */
  int partitionOf(EntryKey key);

  /** What others change. */
  ChangeFeed changes();

  /**
   * Above another shared tier, which is the authority: says that a change of the key is about to be
   * made there. The entry and any lease of the key are dropped, every process is told to drop its
   * copies, whatever their version ({@link Change.Kind#ANNOUNCED}), and until the announcement is
   * settled or its life is over, nothing is stored but under {@link Condition#announced} and no
   * lease is given out; a {@link #clear} ends none.
   *
   * <p>Several announcements of a key may run, of any process. As nobody knows in which order their
   * changes are made, nothing is stored under any of them then; they run until the last one is
   * settled.
   *
   * <p>If this fails, it may have been done all the same. The announcement then ends by its time.
   *
   * @param life how long it runs if it is not settled, counted from the last announcement of the
   *     key: at least 1 ms; or zero to drop and tell alone, with nothing to settle
   */
  Announcement announce(EntryKey key, Duration life) throws IOException;

  /**
   * Ends an announcement under which nothing was stored, after the change was made or given up. If
   * it is over by its time, what was filled in since is dropped and told as at first. To be called
   * once; no effect for number 0.
   *
   * @param announcement its {@link Announcement#number}
   */
  void settle(EntryKey key, long announcement) throws IOException;

  /**
   * Drops every entry and lease, and tells nobody: what others hold of the authority is not for
   * this tier to judge.
   */
  void forget() throws IOException;

  /**
   * {@link #forget Forgets} what is kept on servers that started or took over since any process
   * called this last: they may have lost the announcements that they acknowledged. Their {@link
   * ChangeFeed#history} is another one, too. Cheap if there is none. A server that does not answer
   * is looked at once it does; one that does not say which run it is is looked at the first time
   * alone.
   *
   * @throws IOException if some of it could not be dropped; to be called again
   */
  void clearAfterLoss() throws IOException;
}
