package io.terrace.stack;

import io.terrace.Codec;
import io.terrace.CoherenceStatistics;
import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.RefusedClassException;
import io.terrace.TierStatistics;
import io.terrace.TierUnavailableException;
import io.terrace.internal.concurrent.Contention;
import io.terrace.tier.BulkTier;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Byte tiers, the lowest of which is the authority, below a heap that may be there or not.
 *
 * <p>The authority orders the writes of a key; every conditional operation is a conditional commit
 * there. What the tiers above may hold, and when, is explained at {@link Activities}.
 *
 * <p>Over 400 lines since it is the whole of {@link Stack}, most of it short methods; what is done
 * to tiers one by one is {@link TieredOperations}.
 */
final class TieredStack<K, V> implements Stack<K, V> {
  private static final System.Logger LOGGER = System.getLogger(TieredStack.class.getName());

  private final @Nullable Front<K, V> front;
  private final ByteTiers tiers;
  private final KeyCodec<K> keys;
  private final Codec<V> values;
  private final InstantSource clock;
  private final Predicate<Object> shareable;
  private final StackListener<K, V> listener;
  private final @Nullable Promotions promotions;
  private final TierEvents<K> events;
  private final Activities<K, V> activities = new Activities<>();
  private final TierOperations<K> operations;
  private final @Nullable SharedAuthority shared;
  private final TieredLoads<K, V> loads;
  private final Contention contention;
  private final @Nullable BulkOperations<K, V> bulk;

  /**
   * @param shareable which values need no copy
   * @param keyType the type of keys as configured
   * @param policy what to copy up when it was read
   * @param sharing how the copies follow a shared authority
   */
  TieredStack(
      @Nullable Front<K, V> front,
      ByteTiers tiers,
      KeyCodec<K> keys,
      Codec<V> values,
      InstantSource clock,
      Predicate<Object> shareable,
      StackListener<K, V> listener,
      Class<?> keyType,
      PromotionPolicy policy,
      Sharing sharing) {
    this.front = front;
    this.tiers = tiers;
    this.keys = keys;
    this.values = values;
    this.clock = clock;
    this.shareable = shareable;
    this.listener = listener;
    promotions = Promotions.of(policy, TieredOperations.names(front, tiers));
    events = new TierEvents<>(listener, tiers.authority().name());
    operations =
        new TieredOperations<>(this, front, tiers, activities, events, keys, clock, keyType);
    LocalTiers locals = new LocalTiers(tiers, front != null);
    shared = sharing.of(tiers, locals, new TieredCopies<>(front, locals, activities, keys), clock);
    loads = new TieredLoads<>(this, front, tiers, shared, keys, clock);
    bulk =
        tiers.authority() instanceof BulkTier authority
            ? new TieredBulk<>(this, tiers, authority, activities, keys, clock)
            : null;
    contention = new Contention(shared != null);
    if (shared != null) {
      if (front != null) {
        front.compareAfter(shared.trust().ageLimit());
      }
      shared.trust().start();
    }
  }

  /** The copy in the heap, if it may be served. */
  @Nullable Resident<V> near(K key) {
    return front == null || !isTrusted(key) ? null : front.get(key);
  }

  /** Asked before the look: a copy may become trusted only by being dropped. */
  private boolean isTrusted(K key) {
    return shared == null || shared.trust().isSettled() || shared.trust().trusts(keys.encode(key));
  }

  @Override
  public @Nullable Resident<V> get(K key) {
    if (keepsBytesAlone()) {
      return read(key, null); // nothing to promote to, so nothing that a flight would protect
    }
    Resident<V> resident = near(key);
    return resident != null
        ? resident
        : activities.fly(key, Flight.Wait.FOR_TIERS, flight -> compareOrRead(key, flight));
  }

  @Override
  public @Nullable BulkOperations<K, V> bulk() {
    return bulk;
  }

  @Override
  public @Nullable Resident<V> find(K key) {
    return latest(key);
  }

  @Override
  public @Nullable Resident<V> latest(K key) {
    if (shared == null) {
      return get(key);
    }
    Resident<V> near = peek(key);
    return near != null && isLatest(near, keys.encode(key)) ? near : read(key, null);
  }

  /** Whether the authority has the very entry of which this is a copy. */
  private boolean isLatest(Resident<V> copy, EntryKey entryKey) {
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    return header != null
        && header.version() == copy.version()
        && header.freshness() == Freshness.FRESH
        && !isExpired(header);
  }

  @Override
  public @Nullable Resident<V> getStale(K key) {
    Resident<V> fresh = get(key);
    return fresh != null ? fresh : stale(key);
  }

  /** What the authority holds, stale or not, without a use of it. */
  @Nullable Resident<V> stale(K key) {
    try (Found found = tiers.peekAtAuthority(keys.encode(key))) {
      return found == null ? null : live(key, found, clock.millis());
    }
  }

  @Override
  public TierOperations<K> operations() {
    return operations;
  }

  @Override
  public EntryInfo info(Resident<V> resident) {
    return TieredOperations.info(operations.tiers().get(0), resident);
  }

  @Override
  public Metadata metadata(Resident<V> resident) {
    return resident.metadata();
  }

  @Override
  public boolean contains(K key) {
    if (peek(key) != null) {
      return true;
    }
    return liveVersion(key, keys.encode(key)) != EntryHeader.UNASSIGNED;
  }

  @Override
  public @Nullable Resident<V> getOrLoad(K key, Loader<K, V> loader) {
    Resident<V> resident = near(key);
    return resident != null
        ? resident
        : activities.fly(key, Flight.Wait.FOR_LOADER, flight -> readOrLoad(key, loader, flight));
  }

  private @Nullable Resident<V> readOrLoad(K key, Loader<K, V> loader, @Nullable Flight<V> flight) {
    Resident<V> compared = flight == null ? null : compared(key, flight);
    return compared != null ? compared : loads.readOrLoad(key, loader, flight);
  }

  private @Nullable Resident<V> compareOrRead(K key, @Nullable Flight<V> flight) {
    Resident<V> compared = flight == null ? null : compared(key, flight);
    return compared != null ? compared : read(key, flight);
  }

  /**
   * A copy in the heap that was served for as long as it may be without a comparison, if it is what
   * the authority has; or if that does not answer, and such copies are served all the same.
   */
  private @Nullable Resident<V> compared(K key, Flight<V> flight) {
    Front<K, V> heap = front;
    Resident<V> due = heap == null ? null : heap.due(key);
    if (heap == null || due == null) {
      return null;
    }
    EntryHeader header;
    long askedAtMillis = clock.millis();
    try {
      header = tiers.headerAtAuthority(keys.encode(key));
    } catch (TierUnavailableException e) {
      if (uncompared(key) != null) {
        return due;
      }
      throw e;
    }
    boolean same = header != null && isSame(due, header);
    boolean unused = flight.copyUp(() -> heap.settle(key, due, same, askedAtMillis));
    return same ? due : null;
  }

  /** A copy in the heap that is to be compared, if it is served though nobody answers. */
  @Nullable Resident<V> uncompared(K key) {
    if (front == null || shared == null) {
      return null;
    }
    Resident<V> due = front.due(key);
    return due != null && shared.servesUncompared(front.comparedAtMillis(due), clock.millis())
        ? due
        : null;
  }

  private static boolean isSame(Resident<?> copy, EntryHeader header) {
    return header.version() == copy.version()
        && header.freshness() == copy.freshness()
        && header.expiresAtMillis() == copy.expiresAtMillis()
        && header.metadata().equals(copy.metadata());
  }

  /** As {@link #near}, without a use of the entry. */
  private @Nullable Resident<V> peek(K key) {
    return front == null || !isTrusted(key) ? null : front.peek(key);
  }

  /** Reads below the heap; with a flight the entry is copied up, without one only looked at. */
  @Nullable Resident<V> read(K key, @Nullable Flight<V> flight) {
    EntryKey entryKey = keys.encode(key);
    long askedAtMillis = clock.millis();
    try (Found found = flight == null ? tiers.findAtAuthority(entryKey) : tiers.find(entryKey)) {
      return found == null ? null : served(key, found, flight, askedAtMillis);
    }
  }

  /**
   * What was found, copied up on a flight, if it is live and fresh.
   *
   * @param askedAtMillis before it was looked for: a copy is as old as that
   */
  @Nullable Resident<V> served(K key, Found found, @Nullable Flight<V> flight, long askedAtMillis) {
    Resident<V> resident = live(key, found, askedAtMillis);
    if (resident == null || resident.freshness() == Freshness.STALE) {
      return null;
    }
    if (flight != null && found.mayCopy()) {
      promote(key, found, resident, flight);
    }
    return resident;
  }

  private void promote(K key, Found found, Resident<V> resident, Flight<V> flight) {
    int below = front == null ? 0 : 1; // tiers are counted from the heap on, byte tiers without it
    long targets =
        promotions == null
            ? Promotions.ALL
            : promotions.hit(found.tier() + below, found.header().key());
    if (targets == 0) {
      return;
    }
    Copies copies = new Copies();
    flight.copyUp(
        () -> {
          copies.below = tiers.promote(found, targets >> below);
          copies.inHeap = front != null && (targets & 1) != 0 && front.insert(key, resident);
          return true;
        });
    tellPromoted(key, resident.version(), copies);
  }

  /** Where an entry was copied. */
  private static final class Copies {
    private long below;
    private boolean inHeap;
  }

  private void tellPromoted(K key, long version, Copies copies) {
    if (front != null) {
      front.tellEvictions();
    }
    if (!events.areHeard()) {
      return;
    }
    List<OptionalTier> upper = tiers.upper();
    for (int i = upper.size() - 1; i >= 0; i--) {
      if ((copies.below & (1L << i)) != 0) {
        events.promoted(key, upper.get(i).name(), version);
      }
    }
    if (copies.inHeap && front != null) {
      events.promoted(key, front.name(), version);
    }
  }

  @Override
  public void put(K key, V value, long expiresAtMillis) {
    commit(key, Condition.ALWAYS, value, expiresAtMillis);
  }

  @Override
  public boolean compareAndSet(
      K key, @Nullable Resident<V> expected, V value, long expiresAtMillis) {
    Condition condition =
        expected == null ? Condition.ABSENT : Condition.versionIs(expected.version());
    return commit(key, condition, value, expiresAtMillis);
  }

  private boolean commit(K key, Condition condition, V value, long expiresAtMillis) {
    EntryHeader header = header(key, clock.millis(), expiresAtMillis);
    byte[] body = encode(value);
    boolean committed =
        inTurn(
            key,
            condition,
            turn -> {
              if (!(write(header, body, condition) instanceof CommitResult.Committed written)) {
                return false;
              }
              long version = written.version();
              if (!turn.ifAlone(version, () -> copyUp(key, value, header, body, version))) {
                purgeAbove(key, header.key());
              }
              return true;
            });
    tellEvictions();
    return committed;
  }

  /** Tells of what had to leave the heap; outside of any turn. */
  void tellEvictions() {
    if (front != null) {
      front.tellEvictions();
    }
  }

  /** Commits at the authority, where a stale entry counts as none. */
  CommitResult write(EntryHeader header, byte[] body, Condition condition) {
    CommitResult result = tiers.write(header, body, condition);
    while (condition.kind() == Condition.Kind.ABSENT
        && result instanceof CommitResult.Refused refused
        && isStale(header.key(), refused.currentVersion())) {
      result = tiers.write(header, body, Condition.versionIs(refused.currentVersion()));
    }
    return result;
  }

  private boolean isStale(EntryKey entryKey, long version) {
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    return header != null && header.version() == version && header.freshness() == Freshness.STALE;
  }

  @Override
  public boolean remove(K key, Resident<V> expected) {
    return remove(key, Condition.versionIs(expected.version()));
  }

  @Override
  public boolean remove(K key) {
    activities.cancelFlight(key); // what is being loaded now may be what is to be removed
    EntryKey entryKey = keys.encode(key);
    if (removeLive(key, entryKey)) {
      return true;
    }
    removeRemains(key, entryKey);
    return shared != null && removeLive(key, entryKey); // what another process just filled in
  }

  private boolean removeLive(K key, EntryKey entryKey) {
    int conflicts = 0;
    for (long version = liveVersion(key, entryKey);
        version != EntryHeader.UNASSIGNED;
        version = liveVersion(key, entryKey)) {
      if (remove(key, Condition.versionIs(version))) {
        return true;
      }
      conflicts = contention.after(conflicts);
    }
    return false;
  }

  @Override
  public void removeRemains(K key) {
    removeRemains(key, keys.encode(key));
  }

  /** The authority may have evicted the entry, while copies of it outlived that; or it is stale. */
  private void removeRemains(K key, EntryKey entryKey) {
    boolean unused =
        inTurn(
            key,
            Condition.ALWAYS,
            turn -> {
              purgeStale(entryKey);
              endLease(entryKey);
              purgeAbove(key, entryKey);
              return true;
            });
  }

  /** No process that missed the key until now may fill it in any more; an entry stays. */
  void endLease(EntryKey entryKey) {
    if (shared != null) {
      Condition none = Condition.ABSENT;
      boolean unused = tiers.purgeAuthority(entryKey, PurgeReason.INVALIDATION, none);
    }
  }

  private void purgeStale(EntryKey entryKey) {
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    if (header != null && header.freshness() == Freshness.STALE) {
      Condition same = Condition.versionIs(header.version());
      boolean unused = tiers.purgeAuthority(entryKey, PurgeReason.INVALIDATION, same);
    }
  }

  /**
   * The version the authority holds, unassigned for none or a stale one; an expired entry is
   * removed.
   */
  private long liveVersion(K key, EntryKey entryKey) {
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    if (header == null) {
      return EntryHeader.UNASSIGNED;
    }
    if (!isExpired(header)) {
      boolean stale = header.freshness() == Freshness.STALE;
      return stale ? EntryHeader.UNASSIGNED : header.version();
    }
    try (Found found = tiers.peekAtAuthority(entryKey)) {
      Resident<V> live = found == null ? null : live(key, found, clock.millis());
      return live == null || live.freshness() == Freshness.STALE
          ? EntryHeader.UNASSIGNED
          : live.version();
    }
  }

  private boolean remove(K key, Condition condition) {
    EntryKey entryKey = keys.encode(key);
    return inTurn(
        key,
        condition,
        turn -> {
          boolean removed = tiers.purgeAuthority(entryKey, PurgeReason.INVALIDATION, condition);
          if (removed) {
            purgeAbove(key, entryKey);
          }
          return removed;
        });
  }

  /** A change at the authority. */
  interface Change {
    /**
     * @return whether it was made
     */
    boolean make(WriteTurn turn);
  }

  /**
   * Makes a change while nobody promotes and the heap does not hold the key. If the change is
   * refused or fails, the heap gets back what it had, unless the refusal says that the authority
   * has that version no longer: it evicts without telling the tiers above, and whoever tries again
   * must not find the same copy again. Nor does it if the failure leaves open what the authority
   * holds, as after a write whose force to the device failed: readers may have seen the newer
   * value.
   */
  boolean inTurn(K key, Condition condition, Change change) {
    Turn<V> held = beginTurn(key);
    boolean restored = true;
    try {
      boolean changed = change.make(held.turn());
      restored = !changed && !refersTo(condition, held.before());
      if (!changed && condition.kind() == Condition.Kind.VERSION_IS) {
        tiers.purgeUpper(keys.encode(key), PurgeReason.INVALIDATION);
      }
      return changed;
    } catch (UnknownOutcomeException e) {
      restored = isKept(keys.encode(key), held);
      throw e;
    } finally {
      endTurn(key, held, restored);
    }
  }

  /**
   * A turn of a key.
   *
   * @param before what the heap had, and does not have now
   */
  record Turn<V>(WriteTurn turn, @Nullable Resident<V> before) {}

  /** Begins a turn, from which on nobody promotes and the heap does not hold the key. */
  Turn<V> beginTurn(K key) {
    WriteTurn turn = activities.beginWrite(key);
    return new Turn<>(turn, front == null ? null : front.remove(key));
  }

  /**
   * @param restored whether the heap gets back what it had
   */
  void endTurn(K key, Turn<V> held, boolean restored) {
    try {
      Front<K, V> heap = front;
      Resident<V> before = held.before();
      if (restored && before != null && heap != null) {
        held.turn().ifAlone(before.version(), () -> heap.restore(key, before));
      }
    } finally {
      activities.endWrite(key, held.turn());
    }
  }

  /**
   * Whether a change of unknown outcome left the authority with what the heap had; otherwise the
   * tiers above let go of the key.
   */
  boolean isKept(EntryKey entryKey, Turn<V> held) {
    boolean kept = false;
    try {
      Resident<V> before = held.before();
      EntryHeader header = before == null ? null : tiers.headerAtAuthority(entryKey);
      kept = before != null && header != null && header.version() == before.version();
    } catch (TierUnavailableException e) {
      kept = false;
    }
    if (!kept) {
      tiers.purgeUpper(entryKey, PurgeReason.INVALIDATION);
    }
    return kept;
  }

  private static boolean refersTo(Condition condition, @Nullable Resident<?> resident) {
    return resident != null
        && condition.kind() == Condition.Kind.VERSION_IS
        && condition.version() == resident.version();
  }

  Resident<V> copyUp(K key, V value, EntryHeader header, byte[] body, long version) {
    EntryHeader committed = header.withVersion(version);
    tiers.copyUp(committed, body);
    long writtenAt = header.createdAtMillis();
    Resident<V> resident = resident(value, version, writtenAt, header.expiresAtMillis(), writtenAt);
    if (front != null) {
      front.insert(key, resident);
    }
    return resident;
  }

  void purgeAbove(K key, EntryKey entryKey) {
    if (front != null) {
      front.remove(key);
    }
    tiers.purgeUpper(entryKey, PurgeReason.INVALIDATION);
  }

  @Override
  public void touch(K key, Resident<V> resident, long expiresAtMillis) {
    EntryKey entryKey = keys.encode(key);
    try {
      if (!tiers.updateHeader(
          entryKey, resident.version(), HeaderUpdate.expireAt(expiresAtMillis))) {
        return;
      }
    } catch (UnknownOutcomeException e) {
      activities.cancelFlight(key);
      purgeAbove(key, entryKey); // which deadline holds is for the authority to say
      throw e;
    }
    resident.expireAt(expiresAtMillis);
    activities.cancelFlight(key); // it may have read the old deadline
    Resident<V> copy = front == null ? null : front.peek(key);
    if (copy != null && copy != resident && copy.version() == resident.version()) {
      copy.expireAt(expiresAtMillis);
    }
  }

  @Override
  public Iterator<Map.Entry<K, Resident<V>>> iterator() {
    return new ScannedEntries<>(tiers.scan(), this::keyOf, this::current);
  }

  /** The key of a header, or null if its bytes cannot be decoded. */
  @Nullable K keyOf(EntryHeader header) {
    try {
      return keys.decode(header.key());
    } catch (RefusedClassException e) {
      throw refused(header, e);
    } catch (IOException e) {
      drop(header, "its key", e);
      return null;
    }
  }

  /** The live entry of a key that a scan met, without a use of it. */
  private @Nullable Resident<V> current(K key) {
    Resident<V> resident = peek(key);
    return resident != null
        ? resident
        : activities.fly(key, Flight.Wait.FOR_TIERS, flight -> read(key, null));
  }

  @Override
  public void undoPending() {
    activities.clearing(() -> {});
  }

  @Override
  public void clear() {
    activities.clearing(
        () -> {
          clearFront();
          try {
            tiers.clear();
          } finally {
            clearFront();
          }
        });
  }

  private void clearFront() {
    if (front != null) {
      front.clear();
    }
  }

  @Override
  public boolean keepsObjects() {
    return front != null;
  }

  @Override
  public boolean keepsBytesAlone() {
    return front == null && !tiers.hasUpper(); // else readers share what a flight decoded
  }

  @Override
  public @Nullable CoherenceStatistics coherenceStatistics() {
    return shared == null ? null : shared.trust().statistics();
  }

  @Override
  public List<TierStatistics> statistics() {
    List<TierStatistics> statistics = new ArrayList<>();
    if (front != null) {
      statistics.add(front.statistics());
    }
    statistics.addAll(tiers.statistics());
    return statistics;
  }

  @Override
  public void destroy() {
    try {
      tiers.clearIfTold();
    } finally {
      closeAbove();
      tiers.end(tier -> tier.destroy());
    }
  }

  @Override
  public void close() {
    closeAbove();
    tiers.end(tier -> tier.close());
  }

  private void closeAbove() {
    if (shared != null) {
      shared.trust().close();
    }
    if (front != null) {
      front.close();
    }
  }

  /**
   * The entry as a value, stale or not, or null if its deadline passed or its bytes cannot be
   * decoded.
   *
   * @param askedAtMillis before it was looked for
   */
  @Nullable Resident<V> live(K key, Found found, long askedAtMillis) {
    EntryHeader header = found.header();
    V value = decode(found);
    if (value == null) {
      return null;
    }
    Resident<V> resident =
        resident(
            value,
            header.version(),
            header.createdAtMillis(),
            header.expiresAtMillis(),
            askedAtMillis);
    if (!isExpired(header)) {
      return labelled(resident, header);
    }
    listener.expired(key, resident, () -> purgeExpired(header));
    return null;
  }

  private static <V> Resident<V> labelled(Resident<V> resident, EntryHeader header) {
    return header.metadata().isEmpty() && header.freshness() == Freshness.FRESH
        ? resident
        : resident.with(header.metadata(), header.freshness(), header.expiresAtMillis());
  }

  private boolean purgeExpired(EntryHeader header) {
    tiers.purgeUpper(header.key(), PurgeReason.EXPIRY);
    Condition same = Condition.versionIs(header.version());
    return tiers.purgeAuthority(header.key(), PurgeReason.EXPIRY, same);
  }

  /** A class off the allow-list is the configuration's fault and not the entry's, which stays. */
  private static CacheException refused(EntryHeader header, RefusedClassException cause) {
    return new CacheException(
        "entry " + header.key().digest() + " cannot be read: " + cause.getMessage(), cause);
  }

  boolean isExpired(EntryHeader header) {
    return header.expiresAtMillis() != EntryHeader.NEVER && header.isExpiredAt(clock.millis());
  }

  private @Nullable V decode(Found found) {
    EntryHeader header = found.header();
    try {
      if (header.codecId() != values.id()) {
        throw new IOException(
            "written by codec " + header.codecId() + ", the cache has codec " + values.id());
      }
      return values.decode(found.body().duplicate());
    } catch (RefusedClassException e) {
      if (isExpired(header)) {
        purgeExpired(header); // nobody can be told what is over
        return null;
      }
      throw refused(header, e);
    } catch (IOException e) {
      drop(header, "its value", e);
      return null;
    }
  }

  /** Purges an entry whose bytes are not what this cache can read. */
  private void drop(EntryHeader header, String what, IOException cause) {
    LOGGER.log(
        System.Logger.Level.WARNING,
        "entry "
            + header.key().digest()
            + " is dropped, "
            + what
            + " cannot be decoded: "
            + cause.getMessage());
    tiers.purgeUpper(header.key(), PurgeReason.CORRUPTION);
    Condition same = Condition.versionIs(header.version());
    if (tiers.purgeAuthority(header.key(), PurgeReason.CORRUPTION, same) && events.areHeard()) {
      String tier = tiers.authority().name();
      events.left(keys, header.key(), tier, header.version(), PurgeReason.CORRUPTION);
    }
  }

  byte[] encode(V value) {
    try {
      return values.encode(value);
    } catch (IOException e) {
      throw new CacheException(
          "a value cannot be written to the tiers below: " + e.getMessage(), e);
    }
  }

  EntryHeader header(K key, long nowMillis, long expiresAtMillis) {
    return EntryHeader.of(keys.encode(key), nowMillis, expiresAtMillis, values.id(), Metadata.NONE);
  }

  /**
   * @param askedAt when it was surely no older than the authority's, in UTC milliseconds
   */
  Resident<V> resident(V value, long version, long createdAt, long expiresAt, long askedAt) {
    long leavesAt = front == null ? EntryHeader.NEVER : front.leavesAtMillis(askedAt);
    boolean share = shareable.test(value);
    return new Resident<>(value, version, createdAt, expiresAt, leavesAt, share);
  }
}
