package io.terrace.examples.quickstart;

import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The cache of this program, whose tiers {@code terrace.conf} describes. What it takes to make one
 * is plain JCache; only {@link #tiers} and the limits ask for more than JCache has words for. Not
 * thread safe.
 */
final class FileCache implements AutoCloseable {
  private static final String NAME = "files";
  private static final String DISK = "terrace.caches." + NAME + ".disk.";
  private static final String LARGE_DISK = "terrace.caches." + LargeFile.CACHE + ".disk.";

  private final CacheManager manager;
  private final Cache<String, StoredFile> cache;
  private final TieredCache<?, ?> tiered;
  private long maxEntryBytes = Long.MAX_VALUE;
  private long heapBytes = Long.MAX_VALUE;

  private FileCache(CacheManager manager, Cache<String, StoredFile> cache) {
    this.manager = manager;
    this.cache = cache;
    this.tiered = cache.unwrap(TieredCache.class);
    for (TierSettings settings : tierSettings()) {
      if (settings instanceof DiskSettings disk) {
        maxEntryBytes = disk.maxEntryBytes();
      } else if (settings instanceof HeapSettings heap && heap.maxBytes() != null) {
        heapBytes = heap.maxBytes();
      }
    }
  }

  @SuppressWarnings("unchecked") // a class literal has no type arguments
  private List<TierSettings> tierSettings() {
    return cache.getConfiguration(TerraceConfiguration.class).tiers();
  }

  /**
   * Opens the cache, with what an earlier run left in it.
   *
   * @param directory where the disk tier keeps its files; made if it is missing
   * @param maxBytes the most bytes on disk, such as "10 GiB", or null for what the file says
   * @throws javax.cache.CacheException if another process uses the directory, or it cannot be used
   */
  static FileCache open(Path directory, @Nullable String maxBytes) {
    Properties overrides = new Properties();
    overrides.setProperty(DISK + "directory", directory.toString());
    overrides.setProperty(LARGE_DISK + "directory", directory.toString());
    if (maxBytes != null) {
      overrides.setProperty(DISK + "max-bytes", maxBytes);
    }
    CachingProvider provider = Caching.getCachingProvider();
    CacheManager manager = provider.getCacheManager(null, null, overrides);
    try {
      return new FileCache(manager, manager.createCache(NAME, configuration()));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static MutableConfiguration<String, StoredFile> configuration() {
    return new MutableConfiguration<String, StoredFile>().setTypes(String.class, StoredFile.class);
  }

  /** The cache itself: everything else this program does with it is JCache. */
  Cache<String, StoredFile> cache() {
    return cache;
  }

  /** Streams a large file through a cache beside this one. */
  LargeFile streamLargeFile() throws IOException {
    return LargeFile.stream(manager);
  }

  /** What each tier holds and did, top first. */
  List<TierStatistics> tiers() {
    return tiered.tierStatistics();
  }

  /** How many entries there are: as many as the lowest tier holds. */
  long entries() {
    List<TierStatistics> tiers = tiers();
    return tiers.get(tiers.size() - 1).entries();
  }

  /** The largest entry that the disk admits. */
  long maxEntryBytes() {
    return maxEntryBytes;
  }

  /** How much the heap holds. */
  long heapBytes() {
    return heapBytes;
  }

  @Override
  public void close() {
    manager.close();
  }
}
