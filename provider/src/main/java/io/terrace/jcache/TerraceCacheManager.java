package io.terrace.jcache;

import static java.util.Objects.requireNonNull;

import io.terrace.TerraceConfiguration;
import io.terrace.config.ManagerConfiguration;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The caches of one URI and class loader. Thread safe; creating a cache may block while its durable
 * tiers recover, and waits for another one that is being created.
 */
public final class TerraceCacheManager implements CacheManager {
  /*
   * `creation` is held while a cache is looked up for creation, opened and entered in `caches`: no
   * name is opened twice. The user's factories run under it, so nothing that ends a cache or finds an
   * open one ever takes it. A cache that is opened while the manager closes is closed by its creator.
   *
   * Closing has two parts. First the tiers of all caches, where no code of the user's runs and no
   * lock is held that it could run under: whoever asks the provider for this manager meanwhile waits
   * for `tiersClosed`, which therefore nobody can keep shut. Then what the user gave the caches.
   */
  private final Object creation = new Object();

  private final ConcurrentHashMap<String, TerraceCache<?, ?>> caches = new ConcurrentHashMap<>();
  private final TerraceCachingProvider provider;
  private final URI uri;
  private final String storageName;
  private final WeakReference<ClassLoader> loader;
  private final Properties properties;
  private final ManagerConfiguration configuration;
  private final InstantSource clock;
  private final Workers workers;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch tiersClosed = new CountDownLatch(1);
  private volatile boolean closed;

  TerraceCacheManager(
      TerraceCachingProvider provider,
      URI uri,
      String storageName,
      ClassLoader loader,
      Properties properties,
      InstantSource clock) {
    this.provider = provider;
    this.uri = uri;
    this.storageName = storageName;
    this.loader = new WeakReference<>(loader);
    this.properties = properties;
    this.clock = clock;
    this.configuration = ManagerConfiguration.load(uri, loader, properties);
    this.workers = new Workers(loader);
  }

  /**
   * Creates a cache. The configuration file may say more of it, above all its tiers; a {@link
   * TerraceConfiguration} says everything itself.
   *
   * @throws CacheException if there is a cache of this name, or its tiers cannot be opened
   * @throws IllegalArgumentException if the configuration contradicts itself
   * @throws UnsupportedOperationException if values are to be stored by reference without a heap
   */
  @Override
  public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String cacheName, C requested) {
    requireNonNull(cacheName, "cacheName");
    requireNonNull(requested, "configuration");
    synchronized (creation) {
      requireOpen();
      if (caches.containsKey(cacheName)) {
        throw new CacheException("there is a cache '" + cacheName + "' already");
      }
      return open(cacheName, configuration.resolve(cacheName, requested));
    }
  }

  /** Opens a cache and enters it in the map; the caller holds {@link #creation}. */
  private <K, V> TerraceCache<K, V> open(String cacheName, TerraceConfiguration<K, V> resolved) {
    TierContext context = new TierContext(storageName, cacheName, clock, TierListener.NONE);
    CacheParts<K, V> parts = CacheParts.open(resolved, context, getClassLoader(), workers);
    TerraceCache<K, V> cache = new TerraceCache<>(cacheName, this, parts);
    try {
      cache.registerConfiguredListeners();
      caches.put(cacheName, cache);
      requireOpen(); // whoever closes the manager may have missed the new cache
      if (resolved.isManagementEnabled()) {
        cache.enableManagement(true);
      }
      if (resolved.isStatisticsEnabled()) {
        cache.enableStatistics(true);
      }
      return cache;
    } catch (RuntimeException | Error e) {
      closeAfter(e, cache);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, TerraceCache<?, ?> cache) {
    try {
      cache.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** The cache of this name, opened if the configuration file declares it; otherwise null. */
  private @Nullable TerraceCache<?, ?> find(String cacheName) {
    requireOpen();
    TerraceCache<?, ?> cache = caches.get(requireNonNull(cacheName, "cacheName"));
    return cache == null ? openDeclared(cacheName) : cache;
  }

  private @Nullable TerraceCache<?, ?> openDeclared(String cacheName) {
    TerraceConfiguration<?, ?> declared = configuration.declared(cacheName);
    if (declared == null) {
      return null;
    }
    synchronized (creation) {
      requireOpen();
      TerraceCache<?, ?> cache = caches.get(cacheName);
      return cache == null ? open(cacheName, declared) : cache;
    }
  }

  @Override
  @SuppressWarnings("unchecked") // the types were compared
  public <K, V> @Nullable Cache<K, V> getCache(
      String cacheName, Class<K> keyType, Class<V> valueType) {
    requireNonNull(keyType, "keyType");
    requireNonNull(valueType, "valueType");
    TerraceCache<?, ?> cache = find(cacheName);
    if (cache == null) {
      return null;
    }
    cache.requireTypes(keyType, valueType);
    return (Cache<K, V>) cache;
  }

  @Override
  @SuppressWarnings("unchecked") // the caller's word, as the standard has it
  public <K, V> @Nullable Cache<K, V> getCache(String cacheName) {
    return (Cache<K, V>) find(cacheName);
  }

  /** The names of the open caches, at this moment; unmodifiable. */
  @Override
  public Iterable<String> getCacheNames() {
    requireOpen();
    return Collections.unmodifiableList(new ArrayList<>(caches.keySet()));
  }

  /** Closes a cache and deletes what it stored; also one that is declared but not open yet. */
  @Override
  public void destroyCache(String cacheName) {
    TerraceCache<?, ?> cache = find(cacheName);
    if (cache != null) {
      cache.destroy();
    }
  }

  @Override
  public void enableManagement(String cacheName, boolean enabled) {
    existing(cacheName).enableManagement(enabled);
  }

  @Override
  public void enableStatistics(String cacheName, boolean enabled) {
    existing(cacheName).enableStatistics(enabled);
  }

  private TerraceCache<?, ?> existing(String cacheName) {
    TerraceCache<?, ?> cache = find(cacheName);
    if (cache == null) {
      throw new IllegalArgumentException("there is no cache '" + cacheName + "'");
    }
    return cache;
  }

  @Override
  public CachingProvider getCachingProvider() {
    return provider;
  }

  @Override
  public URI getURI() {
    return uri;
  }

  /**
   * @throws IllegalStateException if the class loader was unloaded, and with it the manager's users
   */
  @Override
  public ClassLoader getClassLoader() {
    ClassLoader current = loader.get();
    if (current == null) {
      throw new IllegalStateException("the class loader of cache manager " + uri + " is gone");
    }
    return current;
  }

  /** A copy of what the manager was created with. */
  @Override
  public Properties getProperties() {
    Properties copy = new Properties();
    copy.putAll(properties);
    return copy;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("a Terrace cache manager is no " + type.getName());
  }

  /** The URI, or a name made of it that no other open manager has. */
  String storageName() {
    return storageName;
  }

  Workers workers() {
    return workers;
  }

  /** A cache was closed. */
  void forget(TerraceCache<?, ?> cache) {
    boolean unused = caches.remove(cache.getName(), cache);
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** Closes all caches; a failure of one is logged. Waits for no operation that is under way. */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      awaitTiersClosed();
      return;
    }
    closed = true;
    List<TerraceCache<?, ?>> open = new ArrayList<>(caches.values());
    try {
      for (TerraceCache<?, ?> cache : open) {
        cache.closeTiers();
      }
    } finally {
      provider.forget(this); // from here on another manager may have the URI and the tiers' storage
      tiersClosed.countDown();
    }
    for (TerraceCache<?, ?> cache : open) {
      try {
        cache.closeRest();
      } catch (RuntimeException e) {
        // Looked up here since a logger costs a first cache more time than all of its own classes.
        System.getLogger(TerraceCacheManager.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "cache '" + cache.getName() + "' closed with a failure",
                e);
      }
    }
    workers.close();
  }

  /** Returns once the tiers of a manager that is being closed are; interrupts do not matter. */
  void awaitTiersClosed() {
    boolean interrupted = false;
    while (true) {
      try {
        tiersClosed.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(closedMessage());
    }
  }

  private String closedMessage() {
    return "cache manager " + uri + " is closed";
  }

  @Override
  public String toString() {
    return "TerraceCacheManager[" + uri + "]";
  }
}
