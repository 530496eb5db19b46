package io.terrace.jcache;

import static java.util.Objects.requireNonNull;

import io.terrace.CoherenceStatistics;
import io.terrace.EntryInfo;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt;
import io.terrace.StreamValue;
import io.terrace.StreamWriter;
import io.terrace.TerraceConfiguration;
import io.terrace.TierCopy;
import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import io.terrace.jcache.event.EventView;
import io.terrace.jcache.integration.Failures;
import io.terrace.jcache.management.BeanRegistration;
import io.terrace.jcache.management.Cell;
import io.terrace.jcache.management.ConfigurationBean;
import io.terrace.jcache.management.OperationCounters;
import io.terrace.jcache.management.StatisticsBean;
import io.terrace.jcache.processor.EntrySource;
import io.terrace.stack.BulkOperations;
import io.terrace.stack.Stack;
import io.terrace.stack.TierOperations;
import io.terrace.tier.Resident;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * A cache of JSR-107 on a stack of tiers. Thread safe; operations on one key are linearizable. An
 * operation may block for the tiers below the heap, for the user's loader and writer, and for
 * synchronous listeners.
 *
 * <p>This class checks arguments and life cycle and does the reading. Changes, entry processors,
 * loading, events, expiry and statistics are classes of their own beside it. Over 400 lines only
 * since the interface has that many methods.
 */
public final class TerraceCache<K, V> implements Cache<K, V>, TieredCache<K, V> {
  private static final int OPEN = 0;
  private static final int COUNTING = 1;
  private static final int CLOSED = 2;

  private final String name;
  private final TerraceCacheManager manager;
  private final CacheParts<K, V> parts;
  private final Stack<K, V> stack;
  private final Copies<K, V> copies;
  private final Copies<K, V> plainCopies;
  private final Handles<K, V> handles;
  private final EventView<K, V> eventView;
  private final ChangeOrder<K, V> order;
  private final Commits<K, V> commits;
  private final EntryChanges<K, V> changes;
  private final BulkChanges<K, V> bulk;
  private final Processing<K, V> processing;
  private final @Nullable Loading<K, V> loading;
  private final boolean readThrough;
  private final boolean moveOnAccess;
  private final Class<K> keyType;
  private final Class<V> valueType;

  /**
   * The one thing a read looks at first: whether the cache is open, and whether it counts. Changed
   * under the monitor of the cache.
   */
  private volatile int mode = OPEN;

  /** Not null once the cache counted for the first time; set before {@link #mode} says so. */
  private @Nullable OperationCounters counters;

  private volatile TerraceConfiguration<K, V> configuration;
  private @Nullable BeanRegistration configurationBean;
  private @Nullable BeanRegistration statisticsBean;
  private final AtomicBoolean restClosed = new AtomicBoolean();
  private volatile @Nullable CacheException failureOfTiers;

  TerraceCache(String name, TerraceCacheManager manager, CacheParts<K, V> parts) {
    this.name = name;
    this.manager = manager;
    this.parts = parts;
    this.configuration = parts.configuration();
    this.stack = parts.stack();
    this.copies = parts.copies();
    this.plainCopies = parts.plainCopies();
    Deadlines deadlines = parts.deadlines();
    this.order = parts.order();
    this.handles = new Handles<>(stack, copies, parts.kind());
    this.eventView = handles.areStreams() ? new RetainedView<>(stack, copies) : copies;
    this.commits = new Commits<>(stack, deadlines, copies, order);
    this.changes = new EntryChanges<>(parts, commits, handles);
    this.bulk = new BulkChanges<>(parts, commits, handles, changes);
    this.loading =
        parts.loader() == null ? null : new Loading<>(parts, commits, handles, parts.loader());
    this.processing = new Processing<>(parts, commits, handles, new ProcessorSource());
    this.readThrough = configuration.isReadThrough();
    this.moveOnAccess = deadlines.moveOnAccess();
    this.keyType = configuration.getKeyType();
    this.valueType = configuration.getValueType();
  }

  /** Makes the listeners the configuration names, by the user's factories; before anybody else. */
  void registerConfiguredListeners() {
    for (CacheEntryListenerConfiguration<K, V> listener :
        configuration.getCacheEntryListenerConfigurations()) {
      order.register(listener, this, eventView, this::current);
    }
  }

  /** What an event of another process shows of an entry: as it is when somebody asks. */
  private @Nullable V current(K key) {
    Resident<V> resident = stack.find(key);
    order.deliver();
    return resident == null ? null : stack.retained(key, resident);
  }

  // Reading

  @Override
  public @Nullable V get(K key) {
    if (mode != OPEN) {
      return getCounted(key);
    }
    Resident<V> resident = stack.get(requireNonNull(key, "key"));
    if (resident == null) {
      return missed(key);
    }
    if (moveOnAccess) {
      commits.accessed(key, resident);
    }
    return plainCopies.valueOf(resident);
  }

  private @Nullable V getCounted(K key) {
    Cell cell = enter();
    long started = Cell.startGet(cell);
    Resident<V> resident = stack.get(requireNonNull(key, "key"));
    if (resident == null) {
      Cell.miss(cell, started);
      return missed(key);
    }
    if (moveOnAccess) {
      commits.accessed(key, resident);
    }
    V value = plainCopies.valueOf(resident);
    Cell.hit(cell, started);
    return value;
  }

  /** A value that is on its way is followed, if the cache does that, before one is loaded. */
  private @Nullable V missed(K key) {
    order.deliver();
    V joined = stack.join(key);
    return joined == null && readThrough ? load(key) : joined;
  }

  @Override
  public Map<K, V> getAll(Set<? extends K> keys) {
    Cell cell = enter();
    requireNoNulls(keys);
    Map<K, V> result = new HashMap<>(keys.size() * 4 / 3 + 1);
    try {
      getAll(keys, result, cell);
      return result;
    } catch (RuntimeException | Error e) {
      handles.refuseAll(result.values());
      throw e;
    }
  }

  private void getAll(Set<? extends K> keys, Map<K, V> result, @Nullable Cell cell) {
    BulkOperations<K, V> together = stack.bulk();
    if (together != null) {
      getTogether(together, keys, result, cell);
      return;
    }
    List<K> absent = null;
    for (K key : keys) {
      long started = Cell.startGet(cell);
      Resident<V> resident = stack.get(key);
      if (resident != null) {
        if (moveOnAccess) {
          commits.accessed(key, resident);
        }
        result.put(key, plainCopies.valueOf(resident));
        Cell.hit(cell, started);
      } else {
        Cell.miss(cell, started);
        V joined = stack.join(key);
        if (joined != null) {
          result.put(key, joined);
        } else if (readThrough) {
          absent = absent == null ? new ArrayList<>() : absent;
          absent.add(key);
        }
      }
    }
    order.deliver();
    if (absent != null && loading != null) {
      loading.loadAll(absent, result);
    }
  }

  private void getTogether(
      BulkOperations<K, V> together, Set<? extends K> keys, Map<K, V> result, @Nullable Cell cell) {
    long began = System.nanoTime();
    Map<K, Resident<V>> found = together.getAll(keys);
    long share = (System.nanoTime() - began) / Math.max(1, keys.size());
    List<K> absent = new ArrayList<>();
    for (K key : keys) {
      Resident<V> resident = found.get(key);
      long started = Cell.before(Cell.startGet(cell), share);
      if (resident == null) {
        Cell.miss(cell, started);
        absent.add(key);
        continue;
      }
      if (moveOnAccess) {
        commits.accessed(key, resident);
      }
      result.put(key, plainCopies.valueOf(resident));
      Cell.hit(cell, started);
    }
    order.deliver();
    if (readThrough && loading != null && !absent.isEmpty()) {
      loading.loadAll(absent, result);
    }
  }

  @Override
  public boolean containsKey(K key) {
    requireOpen();
    boolean present = stack.contains(requireNonNull(key, "key"));
    order.deliver();
    return present;
  }

  @Override
  public Iterator<Cache.Entry<K, V>> iterator() {
    requireOpen();
    return new EntryIterator<>(this, order, handles, stack.iterator());
  }

  /** The entry an iteration came to, which counts as a read of it. */
  Cache.Entry<K, V> visited(Map.Entry<K, Resident<V>> entry) {
    Cell cell = enter();
    Resident<V> resident = entry.getValue();
    Cell.hit(cell, Cell.startGet(cell));
    if (handles.areStreams()) {
      return visitedStream(entry.getKey(), resident);
    }
    commits.accessed(entry.getKey(), resident);
    return new TerraceEntry<>(copies.key(entry.getKey()), copies.valueOf(resident));
  }

  /** An iteration opens nothing before its user comes to an entry, which may be gone by then. */
  private Cache.Entry<K, V> visitedStream(K key, Resident<V> found) {
    Resident<V> open = stack.get(key);
    if (open == null) {
      order.deliver();
      return new TerraceEntry<>(copies.key(key), stack.handle(stack.retained(key, found)));
    }
    commits.accessed(key, open);
    return new TerraceEntry<>(copies.key(key), copies.valueOf(open));
  }

  // Changing one key

  @Override
  public void put(K key, V value) {
    Cell cell = admit(key, value);
    changes.put(key, value, cell);
  }

  @Override
  public @Nullable V getAndPut(K key, V value) {
    Cell cell = admit(key, value);
    return changes.getAndPut(key, value, cell);
  }

  @Override
  public boolean putIfAbsent(K key, V value) {
    Cell cell = admit(key, value);
    return changes.putIfAbsent(key, value, cell);
  }

  @Override
  public boolean remove(K key) {
    Cell cell = enter();
    return changes.remove(requireNonNull(key, "key"), cell);
  }

  @Override
  public boolean remove(K key, V oldValue) {
    Cell cell = enter();
    requireNonNull(oldValue, "oldValue");
    return changes.remove(requireNonNull(key, "key"), oldValue, cell);
  }

  @Override
  public @Nullable V getAndRemove(K key) {
    Cell cell = enter();
    return changes.getAndRemove(requireNonNull(key, "key"), cell);
  }

  @Override
  public boolean replace(K key, V oldValue, V newValue) {
    Cell cell = admit(key, newValue);
    if (oldValue == null) {
      handles.refuse(newValue);
      throw new NullPointerException("oldValue");
    }
    return changes.replace(key, oldValue, newValue, cell);
  }

  @Override
  public boolean replace(K key, V value) {
    Cell cell = admit(key, value);
    return changes.replace(key, value, cell);
  }

  @Override
  public @Nullable V getAndReplace(K key, V value) {
    Cell cell = admit(key, value);
    return changes.getAndReplace(key, value, cell);
  }

  /** The processor may run more than once, and its thread holds no lock meanwhile. */
  @Override
  public <T> @Nullable T invoke(
      K key, EntryProcessor<K, V, T> entryProcessor, Object... arguments) {
    Cell cell = enter();
    checkKey(key);
    requireNonNull(entryProcessor, "entryProcessor");
    return processing.invoke(key, entryProcessor, cell, arguments);
  }

  // Changing many keys

  @Override
  public void putAll(Map<? extends K, ? extends V> map) {
    Cell cell;
    try {
      cell = enter();
      for (Map.Entry<? extends K, ? extends V> entry : map.entrySet()) {
        check(entry.getKey(), entry.getValue());
      }
    } catch (RuntimeException e) {
      refuseAll(map);
      throw e;
    }
    bulk.putAll(map, cell);
  }

  @Override
  public void removeAll(Set<? extends K> keys) {
    Cell cell = enter();
    requireNoNulls(keys);
    bulk.removeAll(keys, cell);
  }

  @Override
  public void removeAll() {
    bulk.removeAll(enter());
  }

  @Override
  public void clear() {
    requireOpen();
    stack.clear();
  }

  @Override
  public <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys, EntryProcessor<K, V, T> entryProcessor, Object... arguments) {
    Cell cell = enter();
    requireNoNulls(keys);
    requireNonNull(entryProcessor, "entryProcessor");
    return processing.invokeAll(keys, entryProcessor, cell, arguments);
  }

  @Override
  public void loadAll(
      Set<? extends K> keys,
      boolean replaceExistingValues,
      @Nullable CompletionListener completionListener) {
    requireOpen();
    requireNoNulls(keys);
    Loading<K, V> by = loading;
    if (by == null) {
      if (completionListener != null) {
        completionListener.onCompletion();
      }
      return;
    }
    List<K> wanted = new ArrayList<>(keys);
    try {
      manager
          .workers()
          .execute(new LoadAll<>(this, by, wanted, replaceExistingValues, completionListener));
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException(closedMessage(), e);
    }
  }

  private @Nullable V load(K key) {
    return loading == null ? null : loading.load(key);
  }

  /** What an entry in the hands of a processor asks the cache for. */
  private final class ProcessorSource implements EntrySource<K, V> {
    @Override
    public @Nullable Resident<V> get(K key) {
      Resident<V> resident = stack.latest(key);
      order.deliver();
      return resident;
    }

    @Override
    public @Nullable Resident<V> find(K key) {
      Resident<V> resident = stack.find(key);
      order.deliver();
      return resident;
    }

    @Override
    public V valueOf(Resident<V> resident) {
      return copies.valueOf(resident);
    }

    @Override
    public @Nullable V load(K key) {
      return readThrough ? TerraceCache.this.load(key) : null;
    }

    @Override
    public void check(V value) {
      checkValue(value);
    }

    @Override
    public void release(Resident<V> resident) {
      handles.release(resident);
    }

    @Override
    public void refuse(V value) {
      handles.refuse(value);
    }

    @Override
    public EntryInfo info(Resident<V> resident) {
      return stack.info(resident);
    }

    @Override
    public Metadata metadata(Resident<V> resident) {
      return stack.metadata(resident);
    }

    @Override
    public TierOperations<K> operations() {
      return stack.operations();
    }
  }

  // Configuration and listeners

  @Override
  public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
    TerraceConfiguration<K, V> current = configuration;
    if (type.isInstance(current)) {
      return type.cast(current);
    }
    throw new IllegalArgumentException("the configuration of a cache is no " + type.getName());
  }

  @Override
  public void registerCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
    requireOpen();
    order.register(requireNonNull(listener, "listener"), this, eventView, this::current);
    synchronized (this) {
      configuration =
          configuration.withStandard(
              new MutableConfiguration<>(configuration)
                  .addCacheEntryListenerConfiguration(listener));
    }
  }

  @Override
  public void deregisterCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
    requireOpen();
    order.deregister(requireNonNull(listener, "listener"));
    synchronized (this) {
      configuration =
          configuration.withStandard(
              new MutableConfiguration<>(configuration)
                  .removeCacheEntryListenerConfiguration(listener));
    }
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public CacheManager getCacheManager() {
    return manager;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("a Terrace cache is no " + type.getName());
  }

  // What JCache has no word for

  @Override
  public List<TierCopy> residency(K key) {
    requireOpen();
    return stack.operations().residency(requireNonNull(key, "key"));
  }

  /** A read as any other, for statistics and expiry too, but that it loads nothing. */
  @Override
  public @Nullable V getStale(K key) {
    Cell cell = enter();
    long started = Cell.startGet(cell);
    Resident<V> resident = stack.getStale(requireNonNull(key, "key"));
    if (resident == null) {
      Cell.miss(cell, started);
      order.deliver();
      return null;
    }
    commits.accessed(key, resident);
    Cell.hit(cell, started);
    return copies.valueOf(resident);
  }

  @Override
  public StreamWriter openWrite(K key, Metadata metadata, long length) {
    requireOpen();
    checkKey(key);
    requireNonNull(metadata, "metadata");
    if (parts.writer() != null && handles.areStreams()) {
      throw new UnsupportedOperationException(
          "cache '"
              + name
              + "' writes through, and its CacheWriter could not read what is pushed:"
              + " put a file or an array instead");
    }
    K stored = copies.key(key);
    return new PushedStream<>(
        stack.openStage(stored, metadata, length), staged -> putPushed(key, staged));
  }

  private StreamWriter.Outcome putPushed(K key, V staged) {
    try {
      boolean purged = changes.putPushed(key, staged, enter()) == Commits.Outcome.PURGED;
      return purged ? StreamWriter.Outcome.PURGED : StreamWriter.Outcome.COMMITTED;
    } finally {
      stack.discard(staged);
    }
  }

  @Override
  public PurgeReceipt purge(K key, PurgeMode mode) {
    requireOpen();
    return stack.operations().purge(requireNonNull(key, "key"), requireNonNull(mode, "mode"));
  }

  @Override
  public PurgeReceipt purgeTag(String tag, PurgeMode mode) {
    requireOpen();
    return stack.operations().purgeTag(requireNonNull(tag, "tag"), requireNonNull(mode, "mode"));
  }

  @Override
  public PurgeReceipt purgePrefix(String prefix, PurgeMode mode) {
    requireOpen();
    requireNonNull(prefix, "prefix");
    requireNonNull(mode, "mode");
    if (keyType != String.class) {
      throw new UnsupportedOperationException(
          "only keys of type String have prefixes, those of cache '"
              + name
              + "' are of type "
              + keyType.getName());
    }
    return stack.operations().purgePrefix(prefix, mode);
  }

  @Override
  public List<TierStatistics> tierStatistics() {
    List<TierStatistics> statistics = stack.statistics();
    OperationCounters counted = counters;
    return counted == null || handles.areStreams() // whose heap counts its hits itself
        ? statistics
        : HeapHits.added(statistics, counted.hitsEver());
  }

  @Override
  public @Nullable CoherenceStatistics coherenceStatistics() {
    return stack.coherenceStatistics();
  }

  // Management

  synchronized void enableManagement(boolean enabled) {
    if (mode == CLOSED) {
      throw new IllegalStateException(closedMessage());
    }
    if (enabled && configurationBean == null) {
      configurationBean =
          new BeanRegistration(
              new ConfigurationBean(this),
              BeanRegistration.Kind.CONFIGURATION,
              manager.getURI(),
              name);
    } else if (!enabled && configurationBean != null) {
      configurationBean.close();
      configurationBean = null;
    }
    MutableConfiguration<K, V> next = new MutableConfiguration<>(configuration);
    configuration = configuration.withStandard(next.setManagementEnabled(enabled));
  }

  synchronized void enableStatistics(boolean enabled) {
    if (mode == CLOSED) {
      throw new IllegalStateException(closedMessage());
    }
    if (enabled && statisticsBean == null) {
      counters = counters == null ? new OperationCounters() : counters;
      statisticsBean =
          new BeanRegistration(
              new StatisticsBean(counters, this),
              BeanRegistration.Kind.STATISTICS,
              manager.getURI(),
              name);
    } else if (!enabled && statisticsBean != null) {
      statisticsBean.close();
      statisticsBean = null;
    }
    mode = enabled ? COUNTING : OPEN;
    MutableConfiguration<K, V> next = new MutableConfiguration<>(configuration);
    configuration = configuration.withStandard(next.setStatisticsEnabled(enabled));
  }

  // Life cycle

  @Override
  public boolean isClosed() {
    return mode == CLOSED;
  }

  @Override
  public void close() {
    end(Stack::close);
  }

  /** Closes the cache and deletes what it stored. */
  void destroy() {
    end(Stack::destroy);
  }

  /** How the stack ends. */
  private interface End {
    void of(Stack<?, ?> stack);
  }

  private void end(End end) {
    if (endTiers(end)) {
      closeRest();
    }
  }

  /** Closes the tiers, or waits until another thread has; runs no code of the user's. */
  void closeTiers() {
    boolean unused = endTiers(Stack::close);
  }

  /** Whether this call ended them. Their failure is told by {@link #closeRest}. */
  private synchronized boolean endTiers(End end) {
    if (mode == CLOSED) {
      return false;
    }
    mode = CLOSED;
    if (configurationBean != null) {
      configurationBean.close();
    }
    if (statisticsBean != null) {
      statisticsBean.close();
    }
    try {
      end.of(stack);
    } catch (RuntimeException e) {
      failureOfTiers = Failures.closing(e);
    }
    return true;
  }

  /** Closes what the user gave the cache, once. */
  void closeRest() {
    if (!restClosed.compareAndSet(false, true)) {
      return;
    }
    CacheException failure = failureOfTiers;
    try {
      CacheException ofListener = order.close();
      failure = failure == null ? ofListener : failure;
      for (Closeable closeable : parts.closeables()) {
        failure = closed(closeable, failure);
      }
    } finally {
      manager.forget(this); // from here on another cache may have the name
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable CacheException closed(
      Closeable closeable, @Nullable CacheException failure) {
    try {
      closeable.close();
      return failure;
    } catch (Exception e) {
      return failure == null ? Failures.closing(e) : failure;
    }
  }

  /**
   * @throws ClassCastException if the cache is configured with other types
   */
  void requireTypes(Class<?> keys, Class<?> values) {
    if (keyType != keys || valueType != values) {
      throw new ClassCastException(
          "cache '"
              + name
              + "' is configured as "
              + keyType.getName()
              + " -> "
              + valueType.getName()
              + ", not "
              + keys.getName()
              + " -> "
              + values.getName());
    }
  }

  void requireOpen() {
    if (mode == CLOSED) {
      throw new IllegalStateException(closedMessage());
    }
  }

  /** Refuses a closed cache; where to count, or null where nobody does. */
  private @Nullable Cell enter() {
    int now = mode;
    if (now == OPEN) {
      return null;
    }
    OperationCounters to = counters;
    if (now == CLOSED || to == null) {
      throw new IllegalStateException(closedMessage());
    }
    return to.cell();
  }

  private String closedMessage() {
    return "cache '" + name + "' is closed";
  }

  private void checkKey(K key) {
    if (!keyType.isInstance(requireNonNull(key, "key"))) {
      throw wrongType("key", keyType, key);
    }
  }

  /** Refuses a closed cache and wrong arguments, with a stream closed; otherwise where to count. */
  private @Nullable Cell admit(K key, V value) {
    try {
      Cell cell = enter();
      check(key, value);
      return cell;
    } catch (RuntimeException e) {
      refuse(value);
      throw e;
    }
  }

  /** Closes a value that came in, whatever it is. */
  private void refuse(@Nullable Object value) {
    if (handles.areStreams() && value instanceof StreamValue stream) {
      stream.close();
    }
  }

  private void refuseAll(Map<?, ?> values) {
    if (handles.areStreams()) {
      values.values().forEach(this::refuse);
    }
  }

  private void check(K key, V value) {
    checkKey(key);
    checkValue(value);
  }

  private void checkValue(V value) {
    if (!valueType.isInstance(requireNonNull(value, "value"))) {
      throw wrongType("value", valueType, value);
    }
  }

  private ClassCastException wrongType(String what, Class<?> expected, Object actual) {
    return new ClassCastException(
        "cache '"
            + name
            + "' has "
            + what
            + "s of type "
            + expected.getName()
            + ", not "
            + actual.getClass().getName());
  }

  private static void requireNoNulls(Set<?> keys) {
    for (Object key : keys) {
      requireNonNull(key, "key");
    }
  }

  @Override
  public String toString() {
    return "TerraceCache[" + name + "]";
  }
}
