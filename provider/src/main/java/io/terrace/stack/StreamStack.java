package io.terrace.stack;

import io.terrace.CoherenceStatistics;
import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TierStatistics;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Resident;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * A stack whose values are streams. All of its tiers hold bytes, the heap too; bodies pass through
 * in chunks, and nothing here depends on how long they are (I6). What keeps stale bytes out of the
 * upper tiers is {@link StreamWork}; loading is {@link StreamLoads}. Over 400 lines since it is the
 * whole of {@link Stack} for streams, most of it short methods.
 */
final class StreamStack<K> implements Stack<K, StreamValue> {
  /** The id of bodies that are nobody's encoding but the bytes themselves. */
  static final int CODEC_ID = 4;

  private static final System.Logger LOGGER = System.getLogger(StreamStack.class.getName());

  private final ByteTiers tiers;
  private final KeyCodec<K> keys;
  private final StreamSettings settings;
  private final @Nullable Promotions promotions;
  private final TierEvents<K> events;
  private final StreamOperations<K> operations;
  private final InstantSource clock;
  private final StackListener<K, StreamValue> listener;
  private final ExecutorService executor;
  private final TierPurges purges;
  private final StreamWork works = new StreamWork();
  private final StreamLoads<K> loads;
  private final @Nullable SharedAuthority shared;
  private final ChunkPool chunks;

  /** Keys whose whole value is being read in the background. */
  private final Map<EntryKey, Boolean> fills = new ConcurrentHashMap<>();

  StreamStack(
      ByteTiers tiers,
      KeyCodec<K> keys,
      StreamSettings settings,
      PromotionPolicy policy,
      InstantSource clock,
      StackListener<K, StreamValue> listener,
      ExecutorService executor,
      Class<?> keyType,
      Sharing sharing) {
    this.tiers = tiers;
    this.purges = new TierPurges(tiers);
    this.keys = keys;
    this.settings = settings;
    this.promotions = Promotions.of(policy, tiers.names());
    this.events = new TierEvents<>(listener, tiers.authority().name());
    this.operations = new StreamOperations<>(this, tiers, works, keys, events, clock, keyType);
    this.clock = clock;
    this.listener = listener;
    this.executor = executor;
    this.loads = new StreamLoads<>(this, executor);
    this.chunks = new ChunkPool(settings.chunkBytes());
    LocalTiers locals = new LocalTiers(tiers, false);
    this.shared = sharing.of(tiers, locals, new StreamCopies(locals, works), clock);
    if (shared != null) {
      shared.trust().start();
    }
  }

  // Reading

  @Override
  public @Nullable Resident<StreamValue> get(K key) {
    return open(key, keys.encode(key), Freshness.FRESH);
  }

  @Override
  public @Nullable Resident<StreamValue> getStale(K key) {
    return open(key, keys.encode(key), Freshness.STALE);
  }

  @Override
  public @Nullable Resident<StreamValue> latest(K key) {
    if (shared == null) {
      return get(key);
    }
    return opened(key, lookupAuthority(key, keys.encode(key), Freshness.FRESH, Counted.YES), null);
  }

  @Override
  public @Nullable Resident<StreamValue> find(K key) {
    return findLive(key, keys.encode(key));
  }

  @Override
  public boolean contains(K key) {
    return findLive(key, keys.encode(key)) != null;
  }

  /**
   * What a tier answered.
   *
   * @param mayCopy whether it may be copied into the tiers above
   */
  private record Answer(EntryHeader header, ReadHandle body, int tier, boolean mayCopy) {}

  /**
   * Opens the live entry in the highest tier that has it.
   *
   * @param least how fresh it has to be
   */
  private @Nullable Resident<StreamValue> open(K key, EntryKey entryKey, Freshness least) {
    if (!tiers.hasUpper()) {
      return opened(key, lookupAuthority(key, entryKey, least, Counted.YES), null);
    }
    if (!works.isChanging(entryKey)) {
      Answer top = lookupUpper(entryKey, 0, least);
      if (top != null) {
        return opened(key, top, null);
      }
    }
    KeyWork work = works.acquire(entryKey);
    boolean kept = false;
    try {
      KeyWork.Watch watch = works.watch(work);
      Answer answer = null;
      for (int i = 1; watch != null && answer == null && i < tiers.upper().size(); i++) {
        answer = lookupUpper(entryKey, i, least);
      }
      if (answer == null) {
        answer =
            watch == null
                ? lookupAuthority(key, entryKey, least, Counted.YES)
                : lookupToCopy(key, entryKey, least);
      }
      if (answer == null || watch == null || !answer.mayCopy()) {
        return opened(key, answer, null);
      }
      kept = true;
      long targets = promotions == null ? Promotions.ALL : promotions.hit(answer.tier(), entryKey);
      return opened(key, answer, new Watched<>(key, entryKey, work, watch, targets));
    } finally {
      if (!kept) {
        works.release(entryKey, work);
      }
    }
  }

  /** What a handle holds of its key's work. */
  private record Watched<K>(
      K key, EntryKey entryKey, KeyWork work, KeyWork.Watch watch, long targets) {}

  private enum Counted {
    YES,
    NO
  }

  private @Nullable Answer lookupUpper(EntryKey key, int index, Freshness least) {
    OptionalTier tier = tiers.upper().get(index);
    Lookup lookup = tier.lookup(key);
    if (!(lookup instanceof Lookup.Hit hit)) {
      (lookup instanceof Lookup.Miss ? tier.counters.misses : tier.counters.skips).increment();
      return null;
    }
    boolean isStream = hit.header().codecId() == CODEC_ID;
    if (isStream && isLive(hit.header(), least)) {
      tier.counters.hits.increment();
      return new Answer(hit.header(), hit.body(), index, true);
    }
    hit.body().close();
    if (!isStream) {
      tier.purge(key, PurgeReason.CORRUPTION);
    } else if (isExpired(hit.header())) {
      tier.purge(key, PurgeReason.EXPIRY); // the tiers below say whether the entry is over
    }
    tier.counters.misses.increment();
    return null;
  }

  /** As {@link #lookupAuthority}, for copies in the tiers above. */
  private @Nullable Answer lookupToCopy(K key, EntryKey entryKey, Freshness least) {
    if (!(tiers.authority() instanceof ToldAuthority told)) {
      return lookupAuthority(key, entryKey, least, Counted.YES);
    }
    ToldAuthority.Answer answer = told.lookupToCopy(entryKey);
    return answered(key, answer.lookup(), answer.mayCopy(), least, Counted.YES);
  }

  private @Nullable Answer lookupAuthority(
      K key, EntryKey entryKey, Freshness least, Counted counted) {
    return answered(key, tiers.authority().lookup(entryKey), true, least, counted);
  }

  private @Nullable Answer answered(
      K key, Lookup lookup, boolean mayCopy, Freshness least, Counted counted) {
    TierCounters counters = tiers.authorityCounters();
    if (lookup instanceof Lookup.Skipped skipped) {
      counters.skips.increment();
      throw tiers.unavailable("read an entry", new IOException(skipped.detail()));
    }
    if (lookup instanceof Lookup.Hit hit) {
      if (isLive(hit.header(), least) && hit.header().codecId() == CODEC_ID) {
        if (counted == Counted.YES) {
          counters.hits.increment();
        }
        return new Answer(hit.header(), hit.body(), tiers.upper().size(), mayCopy);
      }
      hit.body().close();
      leave(key, hit.header());
    }
    if (counted == Counted.YES) {
      counters.misses.increment();
    }
    return null;
  }

  /** Removes what the authority holds and nobody may be served: expired, or of another kind. */
  private void leave(K key, EntryHeader header) {
    Condition same = Condition.versionIs(header.version());
    if (isExpired(header)) {
      StreamFacts facts = new StreamFacts(header, tiers.authority().name());
      listener.expired(
          key, resident(StreamHandle.closed(facts)), () -> removeExpired(header.key(), same));
    } else if (header.codecId() != CODEC_ID) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "entry " + header.key().digest() + " is dropped: it is no stream");
      boolean unused = tiers.purgeAuthority(header.key(), PurgeReason.CORRUPTION, same);
    }
  }

  /** Removes a version that was found expired, unless its deadline was moved since. */
  private boolean removeExpired(EntryKey key, Condition same) {
    KeyWork turn = works.beginTurn(key);
    try {
      return turn.exclusively(
          () -> isExpiredStill(key) && tiers.purgeAuthority(key, PurgeReason.EXPIRY, same));
    } finally {
      tiers.purgeUpper(key, PurgeReason.EXPIRY);
      works.endTurn(key, turn);
    }
  }

  private boolean isExpiredStill(EntryKey key) {
    EntryHeader header = tiers.headerAtAuthority(key);
    return header != null && isExpired(header);
  }

  private boolean isLive(EntryHeader header, Freshness least) {
    return !isExpired(header)
        && (least == Freshness.STALE || header.freshness() == Freshness.FRESH);
  }

  private boolean isExpired(EntryHeader header) {
    return header.expiresAtMillis() != EntryHeader.NEVER && header.isExpiredAt(clock.millis());
  }

  private @Nullable Resident<StreamValue> opened(
      K key, @Nullable Answer answer, @Nullable Watched<K> watched) {
    if (answer == null) {
      return null;
    }
    StreamFacts facts = new StreamFacts(answer.header(), tierName(answer.tier()));
    ReadHandle body = body(answer);
    if (watched == null) {
      OpenStream open = new OpenStream(body, () -> null, () -> {});
      return resident(StreamHandle.open(facts, open, () -> {}));
    }
    OpenStream open =
        new OpenStream(
            body,
            () -> promotion(answer, watched, executor),
            () -> works.release(watched.entryKey(), watched.work()));
    long targets = watched.targets();
    boolean fills =
        settings.fillOnRange() && !tiers.above(answer.tier(), answer.header(), targets).isEmpty();
    return resident(StreamHandle.open(facts, open, fills ? () -> fill(key, targets) : () -> {}));
  }

  /** The body of an answer, which an upper tier need not be able to read to its end. */
  private ReadHandle body(Answer answer) {
    if (answer.tier() == tiers.upper().size()) {
      return answer.body();
    }
    EntryHeader header = answer.header();
    return new FallbackReading(
        new FallbackReading.Copy(answer.body(), answer.tier()),
        header.bodyLength(),
        tier -> copyBelow(header, tier));
  }

  private FallbackReading.@Nullable Copy copyBelow(EntryHeader header, int tier) {
    for (int i = tier + 1; i <= tiers.upper().size(); i++) {
      Lookup lookup =
          i < tiers.upper().size()
              ? tiers.upper().get(i).lookup(header.key())
              : tiers.authority().lookup(header.key());
      if (lookup instanceof Lookup.Hit hit) {
        if (hit.header().version() == header.version()) {
          return new FallbackReading.Copy(hit.body(), i);
        }
        hit.body().close();
      }
    }
    return null;
  }

  private String tierName(int index) {
    return index < tiers.upper().size()
        ? tiers.upper().get(index).tier().name()
        : tiers.authority().name();
  }

  private static Resident<StreamValue> resident(StreamHandle handle) {
    EntryHeader header = handle.facts().header();
    return new Resident<>(
        handle,
        header.version(),
        header.createdAtMillis(),
        header.expiresAtMillis(),
        EntryHeader.NEVER,
        true);
  }

  /** The entry without anything open. */
  private @Nullable Resident<StreamValue> findLive(K key, EntryKey entryKey) {
    Answer answer = lookupAuthority(key, entryKey, Freshness.FRESH, Counted.NO);
    if (answer == null) {
      return null;
    }
    answer.body().close();
    return resident(StreamHandle.closed(new StreamFacts(answer.header(), tierName(answer.tier()))));
  }

  /** Opens the very version that was found before. */
  private OpenStream reopen(StreamFacts facts) throws IOException {
    EntryKey key = facts.header().key();
    Resident<StreamValue> current = open(keys.decode(key), key, Freshness.STALE);
    if (current != null && current.version() == facts.header().version()) {
      StreamHandle handle = (StreamHandle) current.value();
      return new OpenStream(new HandleReading(handle), () -> null, handle::close);
    }
    if (current != null) {
      current.value().close();
    }
    throw new IOException("this version of the entry is gone");
  }

  @Override
  public @Nullable StreamValue join(K key) {
    if (!settings.joinWrites()) {
      return null;
    }
    GrowingBody write = works.latestWrite(keys.encode(key));
    return write == null ? null : follow(write);
  }

  /** A handle on a write in progress; null if it ended meanwhile. */
  @Nullable StreamValue follow(GrowingBody write) {
    try {
      ReadHandle source = write.follow();
      StreamFacts facts = new StreamFacts(write.header(), tiers.authority().name());
      return StreamHandle.open(facts, new OpenStream(source, () -> null, () -> {}), () -> {});
    } catch (IOException e) {
      return null;
    }
  }

  // Promotion

  /** Starts to copy up what is about to be read; null if nothing is to be copied. */
  private @Nullable StreamPromotion promotion(
      Answer answer, Watched<K> watched, Executor laneExecutor) {
    EntryHeader header = answer.header();
    List<OptionalTier> targets = tiers.above(answer.tier(), header, watched.targets());
    if (targets.isEmpty()) {
      return null;
    }
    KeyWork work = works.acquire(watched.entryKey());
    Runnable release = () -> works.release(watched.entryKey(), work);
    StreamPromotion promotion =
        new StreamPromotion(
            work,
            watched.watch(),
            header,
            () -> lanes(targets, header, laneExecutor),
            tier -> events.promoted(watched.key(), tier.name(), header.version()),
            release,
            settings.laneTimeout().toNanos());
    if (promotion.begin()) {
      return promotion;
    }
    release.run();
    return null;
  }

  private Lanes lanes(List<OptionalTier> targets, EntryHeader header, Executor laneExecutor) {
    return new Lanes(targets, header, chunks, laneExecutor, settings.laneTimeout().toNanos());
  }

  /**
   * Reads an entry to its end, so that it is copied into some tiers, whatever the policy says; does
   * nothing if the key is being changed. Blocks until it is read.
   *
   * @param targets the tiers, of which bit {@code i} stands for tier {@code i}
   * @param laneExecutor writes what is not written in line
   */
  void copyUp(K key, long targets, Executor laneExecutor) throws IOException {
    EntryKey entryKey = keys.encode(key);
    KeyWork work = works.acquire(entryKey);
    try {
      KeyWork.Watch watch = works.watch(work);
      Answer answer = watch == null ? null : lookupBelow(key, entryKey, targets);
      if (answer == null || watch == null) {
        return;
      }
      Watched<K> watched = new Watched<>(key, entryKey, work, watch, targets);
      StreamFacts facts = new StreamFacts(answer.header(), tierName(answer.tier()));
      ReadHandle body = body(answer);
      OpenStream open =
          new OpenStream(body, () -> promotion(answer, watched, laneExecutor), () -> {});
      try (StreamValue value = StreamHandle.open(facts, open, () -> {})) {
        drain(value);
      }
    } finally {
      works.release(entryKey, work);
    }
  }

  /** What the highest tier has that is below all of the targets. */
  private @Nullable Answer lookupBelow(K key, EntryKey entryKey, long targets) {
    int first = Long.SIZE - Long.numberOfLeadingZeros(targets);
    for (int i = first; i < tiers.upper().size(); i++) {
      Answer answer = lookupUpper(entryKey, i, Freshness.FRESH);
      if (answer != null) {
        return answer;
      }
    }
    Answer answer = lookupToCopy(key, entryKey, Freshness.FRESH);
    if (answer != null && !answer.mayCopy()) {
      answer.body().close();
      return null;
    }
    return answer;
  }

  /** Reads the whole of an entry once, in the background, so that it is copied up. */
  private void fill(K key, long targets) {
    EntryKey entryKey = keys.encode(key);
    if (fills.putIfAbsent(entryKey, true) != null) {
      return;
    }
    try {
      executor.execute(
          () -> {
            try {
              copyUp(key, targets, executor);
            } catch (IOException | CacheException e) {
              LOGGER.log(System.Logger.Level.DEBUG, "a value was not copied up", e);
            } finally {
              fills.remove(entryKey);
            }
          });
    } catch (RejectedExecutionException e) {
      fills.remove(entryKey); // the stack is closed
    }
  }

  private void drain(StreamValue value) throws IOException {
    ByteBuffer buffer = chunks.acquire();
    try {
      ReadableByteChannel channel = value.channel();
      while (channel.read(buffer.clear()) >= 0) {
        // every byte goes up on its way
      }
    } finally {
      chunks.release(buffer);
    }
  }

  // Loading

  @Override
  public @Nullable Resident<StreamValue> getOrLoad(K key, Loader<K, StreamValue> loader) {
    Resident<StreamValue> present = get(key);
    if (present != null) {
      return present;
    }
    try {
      return loads.load(key, keys.encode(key), loader);
    } catch (RuntimeException e) {
      Resident<StreamValue> stale = staleAfter(e, key);
      if (stale == null) {
        throw e;
      }
      return stale;
    }
  }

  private @Nullable Resident<StreamValue> staleAfter(RuntimeException failure, K key) {
    try {
      return getStale(key);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      return null;
    }
  }

  long nowMillis() {
    return clock.millis();
  }

  /**
   * That there is no live entry.
   *
   * @param fill the condition under which a value that is loaded now may be stored; null if it may
   *     not
   */
  record Absence(@Nullable Condition fill) {}

  /** The absence of a key that is about to be loaded; null if there is a live entry. */
  @Nullable Absence absence(K key, EntryKey entryKey) {
    SharedAuthority authority = shared;
    if (authority == null) {
      return contains(key) ? null : new Absence(Condition.ABSENT);
    }
    while (true) {
      LeaseAnswer answer = authority.lookupOrLease(entryKey, () -> {});
      if (answer instanceof LeaseAnswer.Granted granted) {
        return new Absence(Condition.leased(granted.lease()));
      } else if (answer instanceof LeaseAnswer.Skipped skipped) {
        throw tiers.unavailable("read an entry", new IOException(skipped.detail()));
      } else if (!(answer instanceof LeaseAnswer.Found found)) {
        return new Absence(null);
      } else {
        EntryHeader header = found.hit().header();
        found.hit().body().close();
        if (header.codecId() == CODEC_ID && !isExpired(header)) {
          boolean stale = header.freshness() == Freshness.STALE;
          return stale ? new Absence(Condition.versionIs(header.version())) : null;
        }
        leave(key, header);
      }
    }
  }

  /** Lets somebody else load what was not stored under the condition of an {@link Absence}. */
  void giveBack(EntryKey key, @Nullable Condition fill) {
    if (shared != null && fill != null && fill.kind() == Condition.Kind.LEASED) {
      shared.tier().releaseLease(key, fill.version());
    }
  }

  /**
   * The work of a key that is about to be loaded, until {@link #endLoad}; every write, removal or
   * purge moves its {@link KeyWork#undoings}.
   */
  KeyWork beginLoad(EntryKey key) {
    return works.acquire(key);
  }

  void endLoad(EntryKey key, KeyWork work) {
    works.release(key, work);
  }

  boolean joinsWrites() {
    return settings.joinWrites() && tiers.authority().capabilities().canFollow();
  }

  // Writing

  @Override
  public StreamValue stage(K key, StreamValue source) {
    try (source) {
      EntryKey entryKey = keys.encode(key);
      StagedStream staged =
          openStage(entryKey, source.metadata(), source.length(), StagedStream.UndoneBy.PURGES);
      staged.setDeadline(source.deadlineMillis());
      pump(source, staged);
      return staged;
    }
  }

  StagedStream openStage(
      EntryKey key, Metadata metadata, long length, StagedStream.UndoneBy undoneBy) {
    EntryHeader header =
        EntryHeader.of(key, clock.millis(), EntryHeader.NEVER, CODEC_ID, metadata)
            .withBodyLength(length);
    WriteHandle out;
    try {
      out = tiers.authority().openWrite(header, Condition.ALWAYS);
    } catch (IOException e) {
      throw refused(e);
    }
    boolean canFollow = tiers.authority().capabilities().canFollow();
    GrowingBody body = new GrowingBody(header, out, undoneBy, canFollow);
    KeyWork work = works.acquire(key);
    work.add(body);
    Runnable release =
        () -> {
          work.remove(body);
          works.release(key, work);
        };
    return new StagedStream(
        body, new StagedStream.Held(out, lanes(tiers.upper(), header, executor), release));
  }

  /** Reads the source to its end; what fails aborts the write. */
  void pump(StreamValue source, StagedStream staged) {
    ByteBuffer buffer = chunks.acquire();
    try {
      ReadableByteChannel in = source.channel();
      while (read(in, buffer.clear())) {
        write(staged, buffer.flip());
      }
      write(staged, buffer.flip());
      staged.finish();
    } catch (IOException e) {
      staged.abort("its source failed", e);
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new CacheException("the value could not be read: " + why, e);
    } catch (RuntimeException | Error e) {
      staged.abort("its source failed", e); // unless that is known to be the authority's failure
      throw e;
    } finally {
      chunks.release(buffer);
    }
  }

  /**
   * Fills the buffer; where writes are joined, with what the source has, since somebody may wait
   * for it.
   *
   * @return false at the end of the source
   */
  private boolean read(ReadableByteChannel in, ByteBuffer buffer) throws IOException {
    int least = joinsWrites() ? 1 : buffer.capacity();
    while (buffer.position() < least) {
      if (in.read(buffer) < 0) {
        return false;
      }
    }
    return true;
  }

  private void write(StagedStream staged, ByteBuffer bytes) {
    try {
      staged.write(bytes);
    } catch (IOException e) {
      CacheException refusal = refused(e);
      staged.abort("the lowest tier did not take it", refusal);
      throw refusal;
    }
  }

  private CacheException refused(IOException e) {
    if (e instanceof EntryTooLargeForTierException large) {
      return tiers.tooLarge(large);
    }
    return tiers.unavailable("write an entry", e);
  }

  @Override
  public StagedWriter<StreamValue> openStage(K key, Metadata metadata, long length) {
    StagedStream staged =
        openStage(keys.encode(key), metadata, length, StagedStream.UndoneBy.PURGES_AND_REMOVALS);
    return new Pushed(staged);
  }

  /** A staged write whose user pushes the bytes. */
  private final class Pushed implements StagedWriter<StreamValue> {
    private final StagedStream staged;

    Pushed(StagedStream staged) {
      this.staged = staged;
    }

    @Override
    public void write(ByteBuffer source) {
      StreamStack.this.write(staged, source);
    }

    @Override
    public void setDeadline(long millis) {
      staged.setDeadline(millis);
    }

    @Override
    public StreamValue follow() {
      if (!tiers.authority().capabilities().canFollow()) {
        throw new UnsupportedOperationException(
            "tier '" + tiers.authority().name() + "' cannot be read while it is written");
      }
      StreamValue following = StreamStack.this.follow(staged.body());
      if (following == null) {
        throw new IllegalStateException("the write is over: nothing follows it any more");
      }
      return following;
    }

    @Override
    public StreamValue finish() {
      staged.finish();
      return staged;
    }

    @Override
    public void abort() {
      staged.abortUnfinished();
    }
  }

  @Override
  public boolean wasPurged(StreamValue staged) {
    return ((StagedStream) staged).isPurged();
  }

  @Override
  public void discard(StreamValue staged) {
    ((StagedStream) staged).abort();
  }

  @Override
  public void put(K key, StreamValue value, long expiresAtMillis) {
    boolean unused = commit((StagedStream) value, Condition.ALWAYS, expiresAtMillis);
  }

  @Override
  public boolean compareAndSet(
      K key, @Nullable Resident<StreamValue> expected, StreamValue value, long expiresAtMillis) {
    Condition condition =
        expected == null ? Condition.ABSENT : Condition.versionIs(expected.version());
    return commit((StagedStream) value, condition, expiresAtMillis);
  }

  /** Makes a staged body the entry of its key, unless it was purged or the condition is refused. */
  boolean commit(StagedStream staged, Condition condition, long expiresAtMillis) {
    EntryKey key = staged.header().key();
    KeyWork turn = works.beginTurn(key);
    boolean certain = false;
    try {
      CommitResult result =
          turn.commitBelow(staged.body(), () -> commitBelow(staged, condition, expiresAtMillis));
      certain = true;
      if (!(result instanceof CommitResult.Committed)) {
        if (result != null && condition.kind() == Condition.Kind.VERSION_IS) {
          tiers.purgeUpper(key, PurgeReason.INVALIDATION); // of a version that is not there
        }
        return false;
      }
      if (!turn.ifAlone(staged.header(), staged::commitLanes)) {
        tiers.purgeUpper(key, PurgeReason.INVALIDATION);
      }
      return true;
    } catch (IOException e) {
      CacheException refusal = refused(e);
      staged.body().fail("the lowest tier did not take it", refusal);
      throw refusal;
    } finally {
      if (!certain) {
        tiers.purgeUpper(key, PurgeReason.INVALIDATION); // the authority may have it all the same
      }
      works.endTurn(key, turn);
    }
  }

  private CommitResult commitBelow(StagedStream staged, Condition condition, long expiresAtMillis)
      throws IOException {
    EntryHeader header = staged.header().withLife(clock.millis(), expiresAtMillis);
    boolean absent = condition.kind() == Condition.Kind.ABSENT;
    return staged.commit(header, absent ? absent(header.key()) : condition);
  }

  /** A stale entry counts as absent: it may be replaced at the version it has. */
  private Condition absent(EntryKey key) {
    Lookup lookup = tiers.authority().lookup(key);
    if (lookup instanceof Lookup.Hit hit) {
      hit.body().close();
      return hit.header().freshness() == Freshness.STALE
          ? Condition.versionIs(hit.header().version())
          : Condition.ABSENT;
    }
    return Condition.ABSENT;
  }

  // Removing

  @Override
  public boolean remove(K key, Resident<StreamValue> expected) {
    return remove(keys.encode(key), Condition.versionIs(expected.version()));
  }

  @Override
  public boolean remove(K key) {
    EntryKey entryKey = keys.encode(key);
    boolean remainsRemoved = false;
    Resident<StreamValue> live = findLive(key, entryKey);
    while (live != null || !remainsRemoved) {
      if (live == null) {
        removeRemains(entryKey);
        remainsRemoved = true;
      } else if (remove(entryKey, Condition.versionIs(live.version()))) {
        return true;
      }
      live = findLive(key, entryKey);
    }
    return false;
  }

  @Override
  public void removeRemains(K key) {
    removeRemains(keys.encode(key));
  }

  /** No process that missed the key until now may fill it in any more; an entry stays. */
  void endLease(EntryKey key) {
    if (shared != null) {
      boolean unused = tiers.purgeAuthority(key, PurgeReason.INVALIDATION, Condition.ABSENT);
    }
  }

  private void removeRemains(EntryKey key) {
    KeyWork turn = works.beginTurn(key);
    try {
      boolean unused =
          turn.removing(
              () -> {
                turn.removeWrites();
                boolean purged = purgeStale(key);
                endLease(key);
                return purged;
              });
    } finally {
      tiers.purgeUpper(key, PurgeReason.INVALIDATION);
      works.endTurn(key, turn);
    }
  }

  private boolean purgeStale(EntryKey key) {
    EntryHeader header = tiers.headerAtAuthority(key);
    return header != null
        && header.freshness() == Freshness.STALE
        && tiers.purgeAuthority(
            key, PurgeReason.INVALIDATION, Condition.versionIs(header.version()));
  }

  private boolean remove(EntryKey key, Condition condition) {
    KeyWork turn = works.beginTurn(key);
    try {
      return turn.removing(
          () -> {
            boolean removed = tiers.purgeAuthority(key, PurgeReason.INVALIDATION, condition);
            if (removed) {
              turn.removeWrites();
            }
            return removed;
          });
    } finally {
      tiers.purgeUpper(key, PurgeReason.INVALIDATION); // also when nobody knows what was done
      works.endTurn(key, turn);
    }
  }

  @Override
  public void touch(K key, Resident<StreamValue> resident, long expiresAtMillis) {
    HeaderUpdate update = HeaderUpdate.expireAt(expiresAtMillis);
    if (update(keys.encode(key), resident.version(), update)) {
      resident.expireAt(expiresAtMillis);
    }
  }

  boolean update(EntryKey key, long version, HeaderUpdate update) {
    return update(key, version, update, new Receipts(tiers.names()));
  }

  /** Changes the header in every tier, and in what is on its way up. */
  boolean update(EntryKey key, long version, HeaderUpdate update, Receipts receipts) {
    KeyWork work = works.acquire(key);
    try {
      return work.update(version, update, () -> updateTiers(key, version, update, receipts));
    } finally {
      works.release(key, work);
    }
  }

  private TierPurges.Updated updateTiers(
      EntryKey key, long version, HeaderUpdate update, Receipts receipts) {
    boolean certain = false;
    try {
      TierPurges.Updated updated = purges.update(key, version, update, receipts);
      certain = true;
      return updated;
    } finally {
      if (!certain) {
        tiers.purgeUpper(key, PurgeReason.INVALIDATION); // the authority may have it all the same
      }
    }
  }

  /**
   * Makes sure that a version is not stale for its tags any more, if it is: by writing it again, as
   * purges by tag look at versions.
   *
   * @return false if it is stale still, since a purge came meanwhile
   */
  boolean renew(K key, EntryKey entryKey, long version) {
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    if (header == null || header.version() != version || header.freshness() == Freshness.FRESH) {
      return true; // what came after the update does not concern it
    }
    Resident<StreamValue> stale =
        opened(key, lookupAuthority(key, entryKey, Freshness.STALE, Counted.NO), null);
    if (stale == null) {
      return true;
    }
    StreamValue staged = stage(key, stale.value().withMetadata(header.metadata()));
    try {
      Condition same = Condition.versionIs(version);
      return commit((StagedStream) staged, same, header.expiresAtMillis());
    } finally {
      discard(staged);
    }
  }

  @Override
  public void undoPending() {
    works.removeWrites();
  }

  @Override
  public void clear() {
    works.clearing(tiers::clear);
  }

  // What is known of an entry

  @Override
  public void release(Resident<StreamValue> resident) {
    resident.value().close();
  }

  @Override
  public StreamValue retained(K key, Resident<StreamValue> resident) {
    return StreamHandle.closed(factsOf(resident));
  }

  @Override
  public StreamValue committed(K key, StreamValue staged) {
    EntryHeader header = ((StagedStream) staged).header();
    return StreamHandle.closed(new StreamFacts(header, tiers.authority().name()));
  }

  @Override
  public StreamValue handle(StreamValue retained) {
    return StreamHandle.lazy(((StreamHandle) retained).facts(), this::reopen);
  }

  @Override
  public EntryInfo info(Resident<StreamValue> resident) {
    return factsOf(resident).info();
  }

  @Override
  public Metadata metadata(Resident<StreamValue> resident) {
    return resident.value().metadata();
  }

  private static StreamFacts factsOf(Resident<StreamValue> resident) {
    return ((StreamHandle) resident.value()).facts();
  }

  @Override
  public TierOperations<K> operations() {
    return operations;
  }

  @Override
  public Iterator<Map.Entry<K, Resident<StreamValue>>> iterator() {
    return new ScannedEntries<>(tiers.scan(), this::keyOf, key -> findLive(key, keys.encode(key)));
  }

  @Nullable K keyOf(EntryHeader header) {
    try {
      return keys.decode(header.key());
    } catch (IOException e) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "entry " + header.key().digest() + " is dropped, its key cannot be decoded");
      boolean unused =
          tiers.purgeAuthority(
              header.key(), PurgeReason.CORRUPTION, Condition.versionIs(header.version()));
      return null;
    }
  }

  // Life cycle

  /** Whether nobody is at work on any key: no handle below the top tier, no write, no lane. */
  boolean isIdle() {
    return works.isIdle() && fills.isEmpty() && loads.isIdle();
  }

  @Override
  public boolean keepsObjects() {
    return false;
  }

  @Override
  public boolean keepsBytesAlone() {
    return true;
  }

  @Override
  public @Nullable CoherenceStatistics coherenceStatistics() {
    return shared == null ? null : shared.trust().statistics();
  }

  @Override
  public List<TierStatistics> statistics() {
    return tiers.statistics();
  }

  @Override
  public void destroy() {
    try {
      tiers.clearIfTold();
    } finally {
      stop();
      tiers.end(tier -> tier.destroy());
    }
  }

  @Override
  public void close() {
    stop();
    tiers.end(tier -> tier.close());
  }

  private void stop() {
    executor.shutdown();
    if (shared != null) {
      shared.trust().close();
    }
  }
}
