package io.terrace.examples.edge;

import io.terrace.DiskSettings;
import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt;
import io.terrace.StreamValue;
import io.terrace.StreamWriter;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import io.terrace.UpdateMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The cache of this proxy, whose tiers {@code terrace.conf} describes: a body by path and query,
 * with a {@link StoredResponse} as its metadata. Thread safe.
 *
 * <p>An entry outlives its freshness, since a stale response can be validated, or served while the
 * origin fails; so freshness is part of the metadata, and the entry's deadline is when it is good
 * for nothing any more.
 */
final class ResponseCache implements AutoCloseable {
  private static final String NAME = "responses";
  private static final String DISK = "terrace.caches." + NAME + ".disk.";

  private final CacheManager manager;
  private final Cache<String, StreamValue> cache;
  private final TieredCache<String, StreamValue> tiered;
  private final long maxEntryBytes;

  @SuppressWarnings("unchecked") // a class literal has no type arguments
  private ResponseCache(CacheManager manager, Cache<String, StreamValue> cache) {
    this.manager = manager;
    this.cache = cache;
    this.tiered = cache.unwrap(TieredCache.class);
    long limit = Long.MAX_VALUE;
    List<TierSettings> tiers = cache.getConfiguration(TerraceConfiguration.class).tiers();
    for (TierSettings settings : tiers) {
      limit = settings instanceof DiskSettings disk ? disk.maxEntryBytes() : limit;
    }
    this.maxEntryBytes = limit;
  }

  /**
   * Opens the cache, with what an earlier run left in it.
   *
   * @param directory where the disk tier keeps its files; made if it is missing
   * @param maxBytes the most bytes on disk, such as "10 GiB", or null for what the file says
   * @throws javax.cache.CacheException if another process uses the directory, or it cannot be used
   */
  static ResponseCache open(Path directory, @Nullable String maxBytes) {
    Properties overrides = new Properties();
    overrides.setProperty(DISK + "directory", directory.toString());
    if (maxBytes != null) {
      overrides.setProperty(DISK + "max-bytes", maxBytes);
      overrides.setProperty(DISK + "max-entry-size", maxBytes);
    }
    CacheManager manager = Caching.getCachingProvider().getCacheManager(null, null, overrides);
    try {
      return new ResponseCache(
          manager,
          manager.createCache(
              NAME,
              new MutableConfiguration<String, StreamValue>()
                  .setTypes(String.class, StreamValue.class)));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** What the cache holds of a key, or what is being written: open, to be closed. */
  @Nullable CachedResponse find(String key) {
    StreamValue value = cache.get(key);
    if (value == null) {
      value = tiered.getStale(key);
    }
    return value == null ? null : new CachedResponse(value, StoredResponse.of(value.metadata()));
  }

  /** Begins to write a response; who finds nothing in the cache from now on follows the write. */
  StreamWriter openWrite(String key, StoredResponse response) {
    StreamWriter writer = tiered.openWrite(key, response.metadata());
    writer.setDeadline(response.lifetime().keptUntilMillis());
    return writer;
  }

  /** Makes an entry fresh, with other metadata, if it is still this version of it. */
  void refresh(String key, CachedResponse old, StoredResponse response) {
    EntryInfo info = old.value().info();
    if (info != null) {
      long untilMillis = response.lifetime().keptUntilMillis();
      MetadataUpdate update = new MetadataUpdate(response.metadata(), untilMillis, Freshness.FRESH);
      Boolean unused = cache.invoke(key, new UpdateMetadata<>(update, info.version()));
    }
  }

  PurgeReceipt purge(String key, PurgeMode mode) {
    return tiered.purge(key, mode);
  }

  /** Removes what is there, if there is anything. */
  void drop(String key) {
    boolean unused = cache.remove(key);
  }

  PurgeReceipt purgeTag(String tag, PurgeMode mode) {
    return tiered.purgeTag(tag, mode);
  }

  /** The largest body that the lowest tier admits. */
  long maxEntryBytes() {
    return maxEntryBytes;
  }

  /** What each tier holds and did, top first. */
  List<TierStatistics> tiers() {
    return tiered.tierStatistics();
  }

  @Override
  public void close() {
    manager.close();
  }
}
