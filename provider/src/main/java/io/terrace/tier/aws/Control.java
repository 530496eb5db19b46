package io.terrace.tier.aws;

import static io.terrace.tier.aws.Attributes.CHANGE;
import static io.terrace.tier.aws.Attributes.CLEARED;
import static io.terrace.tier.aws.Attributes.HARD;
import static io.terrace.tier.aws.Attributes.SOFT;
import static io.terrace.tier.aws.Attributes.TAG;
import static io.terrace.tier.aws.Attributes.number;

import io.terrace.PurgeMode;
import io.terrace.tier.EntryHeader;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Clears the cache and purges tags, for all processes: as items beside the entries, which each
 * process reads again when what it knows is older than a second. Thread safe; blocks for DynamoDB.
 */
final class Control {
  private static final System.Logger LOGGER = System.getLogger(Control.class.getName());

  /** How old what is known may be before it is read again. */
  static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

  /** How old it may be if it cannot be read again. */
  static final long KNOWN_NANOS = Duration.ofSeconds(5).toNanos();

  private static final int ATTEMPTS = 16;
  private static final List<String> CONTROL_ATTRIBUTES = List.of(CLEARED, CHANGE);
  private static final List<String> TAG_ATTRIBUTES =
      List.of(Attributes.PARTITION, Attributes.SORT, TAG, HARD, SOFT);

  /*
   * `reading` is held while the items are read, by one thread at a time; those who can do with what
   * is known do not wait for it. It guards `change` and `failure`.
   */
  private final Table table;
  private final TableMaker maker;
  private final ItemKeys keys;
  private final Epochs epochs;
  private final VersionClock versions;
  private final Runnable damage;
  private final LongSupplier nanoClock;
  private final ReentrantLock reading = new ReentrantLock();
  private @Nullable AttributeValue change;
  private @Nullable CallFailedException failure;
  private final AtomicInteger attempts = new AtomicInteger();
  private volatile @Nullable Long readAtNanos;

  /**
   * @param damage told when an item was damaged, and all was cleared for that
   * @param nanoClock as {@link System#nanoTime}
   */
  Control(
      Table table,
      TableMaker maker,
      ItemKeys keys,
      Epochs epochs,
      VersionClock versions,
      Runnable damage,
      LongSupplier nanoClock) {
    this.table = table;
    this.maker = maker;
    this.keys = keys;
    this.epochs = epochs;
    this.versions = versions;
    this.damage = damage;
    this.nanoClock = nanoClock;
  }

  /** Reads the items again if what is known of them is too old to serve by. */
  void refresh() throws IOException {
    if (age() <= FRESH_NANOS) {
      return;
    }
    int seen = attempts.get();
    if (age() > KNOWN_NANOS) {
      reading.lock();
    } else if (!reading.tryLock()) {
      return; // somebody is at it
    }
    try {
      if (age() > FRESH_NANOS) {
        readUnlessJustFailed(seen);
      }
    } finally {
      reading.unlock();
    }
  }

  private long age() {
    Long read = readAtNanos;
    return read == null ? Long.MAX_VALUE : nanoClock.getAsLong() - read;
  }

  /** Who waited for an attempt that failed does not make another: others wait for it in turn. */
  private void readUnlessJustFailed(int seen) throws IOException {
    CallFailedException last = failure;
    if (attempts.get() != seen && last != null) {
      throw new CallFailedException(String.valueOf(last.getMessage()), last.kind(), last);
    }
    attempts.incrementAndGet();
    failure = null;
    try {
      read();
    } catch (CallFailedException e) {
      failure = e;
      if (age() > KNOWN_NANOS) {
        throw e;
      }
    }
  }

  private void read() throws IOException {
    long began = nanoClock.getAsLong();
    Map<String, AttributeValue> control = readControl();
    AttributeValue newChange = control.get(CHANGE);
    if (!control.isEmpty() && (newChange == null || !isSound(control, CLEARED))) {
      recover();
      return;
    }
    Long cleared = number(control, CLEARED);
    if (cleared != null) {
      versions.saw(cleared);
      epochs.cleared(cleared);
    }
    if (newChange != null && !newChange.equals(change)) {
      readTags();
      change = newChange;
    }
    readAtNanos = began;
  }

  private Map<String, AttributeValue> readControl() throws IOException {
    return maker.orMake(() -> table.get(keys.control(), CONTROL_ATTRIBUTES));
  }

  /** Whether an attribute is absent or a version. */
  private boolean isSound(Map<String, AttributeValue> item, String name) {
    Long number = number(item, name);
    return number == null ? !item.containsKey(name) : versions.isPlausible(number);
  }

  private void readTags() throws IOException {
    Map<String, AttributeValue> after = Map.of();
    do {
      Table.Page page =
          table.query(keys.controlPartition(), ItemKeys.tagPrefix(), TAG_ATTRIBUTES, after);
      for (Map<String, AttributeValue> item : page.items()) {
        learn(item);
      }
      after = page.last();
    } while (!after.isEmpty());
  }

  private void learn(Map<String, AttributeValue> item) throws IOException {
    String tag = Attributes.text(item, TAG);
    if (tag == null || !isSound(item, HARD) || !isSound(item, SOFT)) {
      forget(item);
      recover();
      return;
    }
    learn(tag, PurgeMode.HARD, number(item, HARD));
    learn(tag, PurgeMode.SOFT, number(item, SOFT));
  }

  private void learn(String tag, PurgeMode mode, @Nullable Long through) {
    if (through != null) {
      versions.saw(through);
      epochs.purged(tag, mode, through);
    }
  }

  /** Makes a damaged item one that says nothing. */
  private void forget(Map<String, AttributeValue> item) throws IOException {
    Map<String, AttributeValue> nothing = new HashMap<>();
    for (String name : new String[] {Attributes.PARTITION, Attributes.SORT}) {
      AttributeValue value = item.get(name);
      if (value != null) {
        nothing.put(name, value);
      }
    }
    nothing.put(TAG, AttributeValue.fromS(""));
    table.put(nothing, ItemCondition.NONE);
  }

  /** What was cleared or purged is not known any more, so all of it is. */
  private void recover() throws IOException {
    LOGGER.log(
        System.Logger.Level.WARNING,
        "what DynamoDB has of clears and purges by tag is damaged: the cache is cleared");
    damage.run();
    clear();
  }

  /** Hides every entry that was written until now. */
  void clear() throws IOException {
    ItemCondition condition = ItemCondition.raised(CLEARED);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long through = versions.next();
      AttributeValue stamp = stamp();
      ItemUpdate update = new ItemUpdate().set(CLEARED, number(through)).set(CHANGE, stamp);
      Table.Outcome outcome = table.update(keys.control(), update, condition);
      if (outcome.done() || stamp.equals(outcome.before().get(CHANGE))) {
        epochs.cleared(through);
        return;
      }
      Long higher = number(outcome.before(), CLEARED);
      if (higher == null || !versions.isPlausible(higher)) {
        condition = ItemCondition.NONE; // it is damaged
      } else {
        versions.saw(higher);
      }
    }
    throw new IOException("the cache is cleared by others all the time");
  }

  private static AttributeValue stamp() {
    return number(ThreadLocalRandom.current().nextLong());
  }

  /** Hides the entries with a tag up to a version, or makes them stale. */
  void purge(String tag, PurgeMode mode, long throughVersion) throws IOException {
    if (throughVersion == EntryHeader.UNASSIGNED) {
      return;
    }
    String through = mode == PurgeMode.HARD ? HARD : SOFT;
    ItemUpdate update =
        new ItemUpdate().set(TAG, AttributeValue.fromS(tag)).set(through, number(throughVersion));
    // If it is not raised, the tag was purged further already.
    table.update(keys.tag(tag), update, ItemCondition.raised(through));
    table.update(keys.control(), new ItemUpdate().set(CHANGE, stamp()), ItemCondition.NONE);
    versions.saw(throughVersion);
    epochs.purged(tag, mode, throughVersion);
  }
}
