package io.terrace.benchmarks.stream;

import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.Promotion;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;

/** Caches of streams, opened as a user opens them. */
final class StreamCaches implements AutoCloseable {
  private static final String PROVIDER = "io.terrace.jcache.TerraceCachingProvider";

  private final CacheManager manager;
  private final DiskSettings disk;
  private final HeapSettings heap;

  /**
   * @param directory of the disk tiers
   * @param diskBytes the bound of each disk tier, and of an entry in it
   * @param heapBytes the bound of each heap tier
   * @param heapEntryBytes the largest value on the heap
   */
  StreamCaches(Path directory, long diskBytes, long heapBytes, long heapEntryBytes) {
    CachingProvider provider = Caching.getCachingProvider(PROVIDER);
    manager =
        provider.getCacheManager(
            URI.create("benchmark-stream"), provider.getDefaultClassLoader(), new Properties());
    disk = DiskSettings.builder(directory).maxBytes(diskBytes).maxEntryBytes(diskBytes / 2).build();
    heap = HeapSettings.builder().maxBytes(heapBytes).maxEntryBytes(heapEntryBytes).build();
  }

  private static TerraceConfiguration.Builder<String, StreamValue> builder() {
    return TerraceConfiguration.builder(String.class, StreamValue.class);
  }

  Cache<String, StreamValue> disk(String name) {
    return manager.createCache(name, builder().tier(disk).build());
  }

  Cache<String, StreamValue> heap(String name) {
    return manager.createCache(name, builder().tier(heap).build());
  }

  /** A heap over a disk, into which values are copied as they are read. */
  Cache<String, StreamValue> promoting(String name) {
    return manager.createCache(name, builder().tier(heap).tier(disk).build());
  }

  /** A heap over a disk, into which only what is written comes. */
  Cache<String, StreamValue> notPromoting(String name) {
    return manager.createCache(
        name, builder().tier(heap).tier(disk).promotion("disk", "heap", Promotion.NEVER).build());
  }

  @Override
  public void close() {
    manager.close();
  }
}
