package io.terrace.stack;

import io.terrace.tier.CoherentTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.NoticeBoard;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a process changes at the authority and cannot tell in the shared tier above it: it posts a
 * notice at the authority first, and as long as there is a notice, of whatever process, nobody
 * trusts the tier above nor what it tells. A notice is taken down by its process once that has made
 * up for all it owes, or, when nobody renews it any more, by any other that has made the tier above
 * forget what it holds. Thread safe; methods that say so block for the authority's time-outs.
 */
final class UntoldChanges {
  private static final System.Logger LOGGER = System.getLogger(UntoldChanges.class.getName());

  /** How many repairs one beat makes. */
  private static final int REPAIRS_A_BEAT = 64;

  private final NoticeBoard board;
  private final CoherentTier tier;
  private final LongSupplier nanoClock;
  private final long lifeNanos;
  private final long settlingNanos;
  private final long process = ThreadLocalRandom.current().nextLong();

  /*
   * `posting` guards `posted` and orders posting and withdrawing; who changes nothing at the
   * authority never waits for it. Whoever owes something says so before it looks whether a notice
   * covers it, and `coveredUntil` is taken back before it is looked for what is owed: one of the two
   * sees the other.
   */
  private final ReentrantLock posting = new ReentrantLock();
  private boolean posted;
  private volatile long coveredUntil;

  /**
   * Changes of everything, which are told after they were made: one that is being made stands for
   * itself, a purge by tag then for its version.
   */
  private final Set<Object> ofAll = ConcurrentHashMap.newKeySet();

  /** What was told of changes of everything, and is told again once all find them made. */
  private final Queue<Told> told = new ConcurrentLinkedQueue<>();

  /** How a change of everything is told in the tier above. */
  @FunctionalInterface
  interface Telling {
    void tell(CoherentTier tier) throws IOException;
  }

  private record Told(Set<Object> changes, Telling telling, long dueNanos) {}

  /** A notice of another process, and since when its number has been seen; one thread only. */
  private record Seen(long number, long sinceNanos) {}

  private final Map<Long, Seen> seen = new HashMap<>();

  private volatile boolean distrusted = true; // until the board was read
  private volatile @Nullable OptionalTier debts;

  /**
   * @param tier the shared tier above the authority
   * @param life after which a notice that nobody renews is that of a process that is gone
   * @param settling how long others may find at the authority what a change of everything hid
   */
  UntoldChanges(
      NoticeBoard board,
      CoherentTier tier,
      Duration life,
      Duration settling,
      LongSupplier nanoClock) {
    this.board = board;
    this.tier = tier;
    this.nanoClock = nanoClock;
    this.lifeNanos = life.toNanos();
    this.settlingNanos = settling.toNanos();
    this.coveredUntil = nanoClock.getAsLong();
  }

  /** Before anybody else uses it: where it stands what could not be dropped. */
  void keepIn(OptionalTier upper) {
    debts = upper;
  }

  /** Whether the tier above, and what it tells, is not to be trusted. Never blocks. */
  boolean areAround() {
    return distrusted;
  }

  /**
   * A change of a key is about to be made that could not be told. Blocks.
   *
   * @throws IOException if no notice of it can be posted: then it must not be made
   */
  void keep(EntryKey key, IOException cause) throws IOException {
    OptionalTier upper = debts;
    if (upper != null) {
      upper.owe(key, cause);
    }
    cover();
  }

  /**
   * A change of everything is about to be made, which is told afterwards. Blocks.
   *
   * @return what has to be {@link #told} then
   */
  Object begin() throws IOException {
    Object change = new Object();
    ofAll.add(change);
    cover();
    return change;
  }

  /** A change that began is known by another name from now on. */
  void rename(Object change, Object name) {
    ofAll.add(name);
    ofAll.remove(change);
  }

  /** What began until now and was not told. */
  Set<Object> begun() {
    return Set.copyOf(ofAll);
  }

  /**
   * Changes were told. As long as others may find at the authority what they hid, these may copy it
   * up again: so they are told once more after that time, and count as untold until then.
   */
  void told(Set<Object> changes, Telling telling) {
    if (settlingNanos == 0) {
      ofAll.removeAll(changes);
    } else {
      told.add(new Told(changes, telling, nanoClock.getAsLong() + settlingNanos));
    }
  }

  /** One telling of a kind stands for all that are due. */
  private void tellAgain() throws IOException {
    long now = nanoClock.getAsLong();
    List<Told> due = told.stream().takeWhile(one -> one.dueNanos() - now <= 0).toList();
    for (Telling telling : due.stream().map(Told::telling).distinct().toList()) {
      telling.tell(tier);
    }
    told.removeAll(due);
    due.forEach(one -> ofAll.removeAll(one.changes()));
  }

  private boolean owes() {
    OptionalTier upper = debts;
    return !ofAll.isEmpty() || (upper != null && upper.owesRepairs());
  }

  /** Sees to it that the notice of this process is up, and stays so for a while. Blocks. */
  void cover() throws IOException {
    if (isCovered()) {
      return;
    }
    posting.lock();
    try {
      if (!isCovered()) {
        post();
      }
    } finally {
      posting.unlock();
    }
  }

  private boolean isCovered() {
    return coveredUntil - nanoClock.getAsLong() > 0;
  }

  /** Under `posting`. */
  private void post() throws IOException {
    long now = nanoClock.getAsLong();
    board.post(process);
    posted = true;
    distrusted = true;
    coveredUntil = now + lifeNanos / 2;
  }

  /**
   * Makes up for what is owed, renews or takes down the notice of this process, and looks for those
   * of others. Called regularly by one thread; blocks.
   */
  void beat() {
    OptionalTier upper = debts;
    if (upper != null) {
      upper.repairSome(REPAIRS_A_BEAT);
    }
    try {
      tellAgain();
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "a change of everything is told later", e);
    }
    try {
      if (!renew()) {
        distrustFor(lookForOthers());
      }
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "notices could not be read or written", e);
    }
  }

  /** Whether the notice of this process stays up, as it still owes something. */
  private boolean renew() throws IOException {
    posting.lock();
    try {
      if (!posted && !owes()) {
        return false;
      }
      if (takeDown()) {
        return false;
      }
      post();
      return true;
    } finally {
      posting.unlock();
    }
  }

  /** Under `posting`; whether the notice of this process is down, as it owes nothing. */
  private boolean takeDown() throws IOException {
    coveredUntil = nanoClock.getAsLong(); // before the look, see above
    if (owes()) {
      return false;
    }
    board.withdraw(process);
    posted = false;
    return true;
  }

  /**
   * Takes down the notice of this process, which ends, if it owes nothing: others would only wait
   * for it. Blocks if there is one.
   */
  void end() {
    posting.lock();
    try {
      if (posted && !takeDown()) {
        LOGGER.log(System.Logger.Level.DEBUG, "a notice is left to others, with what is owed");
      }
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "a notice is left to others", e);
    } finally {
      posting.unlock();
    }
  }

  private void distrustFor(boolean others) {
    posting.lock();
    try {
      distrusted = others || posted;
    } finally {
      posting.unlock();
    }
  }

  /** Whether others have notices up, but for those that nobody renewed for a life. */
  private boolean lookForOthers() throws IOException {
    long now = nanoClock.getAsLong();
    Map<Long, Long> notices = board.notices();
    seen.keySet().retainAll(notices.keySet());
    boolean around = false;
    for (Map.Entry<Long, Long> notice : notices.entrySet()) {
      long number = notice.getValue();
      if (notice.getKey() == process) {
        board.withdraw(process); // it came late, as its answer did
      }
      Seen before = seen.get(notice.getKey());
      if (before == null || before.number() != number) {
        seen.put(notice.getKey(), new Seen(number, now));
        around = true;
      } else if (now - before.sinceNanos() <= lifeNanos || !end(notice.getKey(), number)) {
        around = true;
      }
    }
    return around;
  }

  /** Takes down the notice of a process that is gone, once nothing is left that it left behind. */
  private boolean end(long other, long number) {
    try {
      tier.forget();
      return board.withdraw(other, number);
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "a notice that is over stays up", e);
      return false;
    }
  }
}
