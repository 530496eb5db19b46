package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.TagEpochs;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a tier above the authority was to drop and could not: keys, and purges by tag. A key in it
 * is not to be served from the tier before it is repaired (I4); all others are. When there would be
 * too many repairs, or nobody can tell what was to be dropped, the whole tier has to be cleared
 * instead. Nothing in it outlives the process. Thread safe; methods that repair call the tier and
 * take as long as that, and nobody waits for what another one repairs.
 */
final class RepairJournal {
  private static final System.Logger LOGGER = System.getLogger(RepairJournal.class.getName());

  /** How many repairs are kept. */
  static final int MAX_REPAIRS = 4096;

  /** How many repairs one reader makes for others. */
  private static final int REPAIRS_AT_ONCE = 16;

  /**
   * Something to be dropped. Whoever replayed one removes this very object and no other: what
   * failed meanwhile is another one.
   */
  private abstract static class Repair {
    abstract void replay(Tier tier) throws IOException;
  }

  private static final class KeyRepair extends Repair {
    private final EntryKey key;
    private final Condition condition;

    KeyRepair(EntryKey key, Condition condition) {
      this.key = key;
      this.condition = condition;
    }

    /** A repair that drops whatever one of the two drops. */
    KeyRepair with(Condition other) {
      boolean older =
          condition.kind() == Condition.Kind.OLDER_THAN
              && other.kind() == Condition.Kind.OLDER_THAN;
      return new KeyRepair(
          key,
          older
              ? Condition.olderThan(Math.max(condition.version(), other.version()))
              : Condition.ALWAYS);
    }

    @Override
    void replay(Tier tier) throws IOException {
      boolean unused = tier.purge(key, PurgeReason.INVALIDATION, condition);
    }
  }

  private static final class TagRepair extends Repair {
    private final String tag;
    private final TagEpochs.Epoch epoch;

    TagRepair(String tag, TagEpochs.Epoch epoch) {
      this.tag = tag;
      this.epoch = epoch;
    }

    @Override
    void replay(Tier tier) throws IOException {
      replay(tier, PurgeMode.HARD, epoch.hardThrough());
      replay(tier, PurgeMode.SOFT, epoch.softThrough());
    }

    private void replay(Tier tier, PurgeMode mode, long through) throws IOException {
      if (through != EntryHeader.UNASSIGNED) {
        long unused = tier.purgeTag(tag, mode, through);
      }
    }
  }

  private final Tier tier;
  private final int maxRepairs;

  /*
   * The monitor guards `repairs`, whose keys are EntryKeys and tags, changes of `tags`, and the two
   * counts; it is never held while the tier is called. The tier has to be cleared while `raised` is
   * more than `cleared`; then there are no repairs. `replaying` is had by who clears or repairs for
   * others.
   */
  private final Map<Object, Repair> repairs = new LinkedHashMap<>();
  private final TagEpochs tags = new TagEpochs();
  private long raised;
  private long cleared;
  private final AtomicBoolean replaying = new AtomicBoolean();

  /** Whether there is nothing to repair, nor to clear; written under the monitor. */
  private volatile boolean clean = true;

  RepairJournal(Tier tier, int maxRepairs) {
    this.tier = tier;
    this.maxRepairs = maxRepairs;
  }

  /** Whether the tier holds nothing that it should not. */
  boolean isClean() {
    return clean;
  }

  // What could not be done

  /** A copy of the key that meets the condition is to be dropped. */
  synchronized void keep(EntryKey key, Condition condition, IOException cause) {
    Repair known = repairs.get(key);
    keep(
        key,
        known instanceof KeyRepair repair ? repair.with(condition) : new KeyRepair(key, condition),
        cause);
  }

  /** Copies that have the tag and a version up to the given one are to be dropped. */
  synchronized void keep(String tag, PurgeMode mode, long throughVersion, IOException cause) {
    tags.purge(tag, mode, throughVersion);
    TagEpochs.Epoch epoch = tags.all().get(tag);
    if (epoch != null) {
      keep(tag, new TagRepair(tag, epoch), cause);
    }
  }

  /** Under the monitor. */
  private void keep(Object what, Repair repair, IOException cause) {
    if (raised != cleared || (repairs.size() >= maxRepairs && !repairs.containsKey(what))) {
      clearBeforeUse(cause);
      return;
    }
    repairs.put(what, repair);
    if (clean) {
      clean = false;
      warn("could not drop an entry, which it serves again once that is done", cause);
    }
  }

  /** The tier is to be cleared before it is asked again, beginning with what it holds now. */
  synchronized void clearBeforeUse(IOException cause) {
    if (raised == cleared) {
      warn("may hold more than is known that should be gone: it is bypassed until cleared", cause);
    }
    raised++;
    repairs.clear();
    tags.clear();
    clean = false;
  }

  private void warn(String what, IOException cause) {
    LOGGER.log(System.Logger.Level.WARNING, "tier '" + tier.name() + "' " + what, cause);
  }

  // Repairing

  /** Whether the tier may be asked for the key, after a repair if need be. */
  boolean repair(EntryKey key) {
    if (clean) {
      return true;
    }
    Repair repair;
    synchronized (this) {
      repair = repairs.get(key);
    }
    return isCleared() && (repair == null || replay(key, repair));
  }

  /** Whether the tier need not be cleared, or is now. */
  boolean isCleared() {
    if (clean || !hasToBeCleared()) {
      return true;
    }
    if (replaying.compareAndSet(false, true)) {
      try {
        clear();
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "tier '" + tier.name() + "' stays bypassed", e);
      } finally {
        replaying.set(false);
      }
    }
    return !hasToBeCleared();
  }

  private synchronized boolean hasToBeCleared() {
    return raised != cleared;
  }

  /** Clears the tier, and so does all repairs. */
  void clear() throws IOException {
    Map<Object, Repair> before;
    long through;
    synchronized (this) {
      before = new LinkedHashMap<>(repairs);
      through = raised;
    }
    tier.clear();
    synchronized (this) {
      before.forEach(this::done);
      cleared = Math.max(cleared, through); // what failed since was not cleared, perhaps
      clean = repairs.isEmpty() && raised == cleared;
    }
  }

  /** Whether the tier does not know yet what a purge by tag made of this entry. */
  boolean concerns(EntryHeader header) {
    return !clean && tags.concern(header);
  }

  /** Repairs the tags of an entry; whether it could. */
  boolean repairTags(EntryHeader header) {
    for (String tag : header.metadata().tags()) {
      Repair repair;
      synchronized (this) {
        repair = repairs.get(tag);
      }
      if (repair != null && !replay(tag, repair)) {
        return false;
      }
    }
    return !hasToBeCleared();
  }

  /**
   * Repairs some of what others left, for who saw the tier answer.
   *
   * @return false if the tier did not, or somebody else is at it
   */
  boolean repairSome() {
    if (clean) {
      return true;
    }
    if (!replaying.compareAndSet(false, true)) {
      return false;
    }
    try {
      List<Map.Entry<Object, Repair>> some = new ArrayList<>(REPAIRS_AT_ONCE);
      synchronized (this) {
        repairs.entrySet().stream()
            .limit(REPAIRS_AT_ONCE)
            .forEach(entry -> some.add(Map.entry(entry.getKey(), entry.getValue())));
      }
      boolean answers = true;
      for (int i = 0; i < some.size() && answers; i++) {
        answers = replay(some.get(i).getKey(), some.get(i).getValue());
      }
      return answers;
    } finally {
      replaying.set(false);
    }
  }

  private boolean replay(Object what, Repair repair) {
    try {
      repair.replay(tier);
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "tier '" + tier.name() + "' is not repaired yet", e);
      postpone(what, repair);
      return false;
    }
    synchronized (this) {
      done(what, repair);
      clean = repairs.isEmpty() && raised == cleared;
      return raised == cleared && !repairs.containsKey(what);
    }
  }

  /** Lets others come first, which may be easier. */
  private synchronized void postpone(Object what, Repair repair) {
    if (repairs.remove(what, repair)) {
      repairs.put(what, repair);
    }
  }

  /** Under the monitor. */
  private void done(Object what, Repair repair) {
    if (repairs.remove(what, repair) && repair instanceof TagRepair tagged) {
      tags.forget(tagged.tag, tagged.epoch);
    }
  }
}
