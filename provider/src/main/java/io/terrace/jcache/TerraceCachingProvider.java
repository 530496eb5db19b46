package io.terrace.jcache;

import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.WeakHashMap;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * Terrace's entry into JSR-107, found through {@code ServiceLoader}. Thread safe.
 *
 * <p>A manager belongs to a class loader and a URI. The URI names the configuration file ({@code
 * classpath:} or {@code file:}); with any other the file is {@code terrace.conf} on the class path,
 * if there is one, and the URI is just a name.
 */
public final class TerraceCachingProvider implements CachingProvider {
  /*
   * The monitor guards `managers`. Under it a manager is created, which reads its configuration file,
   * but none is closed, nor waited for. A class loader stays in the map only as long as something else needs it, or
   * until its managers are closed: an open cache holds classes of its loader.
   */
  private final Map<ClassLoader, Map<URI, TerraceCacheManager>> managers = new WeakHashMap<>();
  private final InstantSource clock;

  /** For {@code ServiceLoader}. */
  public TerraceCachingProvider() {
    this(InstantSource.system());
  }

  /**
   * @param clock the time of day for all expiry
   */
  TerraceCachingProvider(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public CacheManager getCacheManager(
      @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
    URI managerUri = uri == null ? getDefaultURI() : uri;
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    while (true) {
      TerraceCacheManager manager = openOrLeaving(managerUri, loader, properties);
      if (!manager.isClosed()) {
        return manager;
      }
      manager.awaitTiersClosed();
    }
  }

  /** The manager, a new one if there is none; it may be about to leave. */
  private TerraceCacheManager openOrLeaving(
      URI uri, ClassLoader loader, @Nullable Properties properties) {
    synchronized (managers) {
      Map<URI, TerraceCacheManager> ofLoader = managers.get(loader);
      TerraceCacheManager manager = ofLoader == null ? null : ofLoader.get(uri);
      if (manager == null) {
        manager =
            new TerraceCacheManager(this, uri, storageName(uri), loader, copyOf(properties), clock);
        if (ofLoader == null) {
          ofLoader = new HashMap<>();
          managers.put(loader, ofLoader);
        }
        ofLoader.put(uri, manager);
      }
      return manager;
    }
  }

  /**
   * What a new manager is called in its tiers: by its URI, and by a number from 2 on if managers of
   * other class loaders have the URI, too.
   */
  private String storageName(URI uri) {
    Set<String> taken = new HashSet<>();
    for (Map<URI, TerraceCacheManager> ofLoader : managers.values()) {
      TerraceCacheManager other = ofLoader.get(uri);
      if (other != null) {
        taken.add(other.storageName());
      }
    }
    String name = uri.toString();
    for (int i = 2; taken.contains(name); i++) {
      name = uri + "#" + i;
    }
    return name;
  }

  private static Properties copyOf(@Nullable Properties properties) {
    Properties copy = new Properties();
    if (properties != null) {
      for (String name : properties.stringPropertyNames()) { // with the defaults behind them
        copy.setProperty(name, properties.getProperty(name));
      }
    }
    return copy;
  }

  @Override
  public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    return getCacheManager(uri, classLoader, null);
  }

  @Override
  public CacheManager getCacheManager() {
    return getCacheManager(null, null, null);
  }

  @Override
  public ClassLoader getDefaultClassLoader() {
    return TerraceCachingProvider.class.getClassLoader();
  }

  @Override
  public URI getDefaultURI() {
    return URI.create("terrace:default");
  }

  @Override
  public Properties getDefaultProperties() {
    return new Properties();
  }

  /** Closes all managers; the provider goes on and makes new ones. */
  @Override
  public void close() {
    List<TerraceCacheManager> all = new ArrayList<>();
    synchronized (managers) {
      for (Map<URI, TerraceCacheManager> ofLoader : managers.values()) {
        all.addAll(ofLoader.values());
      }
    }
    all.forEach(TerraceCacheManager::close);
  }

  @Override
  public void close(@Nullable ClassLoader classLoader) {
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    List<TerraceCacheManager> all;
    synchronized (managers) {
      Map<URI, TerraceCacheManager> ofLoader = managers.get(loader);
      all = ofLoader == null ? List.of() : List.copyOf(ofLoader.values());
    }
    all.forEach(TerraceCacheManager::close);
  }

  @Override
  public void close(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    URI managerUri = uri == null ? getDefaultURI() : uri;
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    TerraceCacheManager manager;
    synchronized (managers) {
      Map<URI, TerraceCacheManager> ofLoader = managers.get(loader);
      manager = ofLoader == null ? null : ofLoader.get(managerUri);
    }
    if (manager != null) {
      manager.close();
    }
  }

  /** The tiers of a manager are closed: the next one who asks gets a new one. */
  void forget(TerraceCacheManager manager) {
    synchronized (managers) {
      for (Map<URI, TerraceCacheManager> ofLoader : managers.values()) {
        ofLoader.remove(manager.getURI(), manager);
      }
    }
  }

  /** Storing by reference is supported, by every stack with a heap. */
  @Override
  public boolean isSupported(OptionalFeature optionalFeature) {
    return optionalFeature == OptionalFeature.STORE_BY_REFERENCE;
  }
}
