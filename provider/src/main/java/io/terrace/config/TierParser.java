package io.terrace.config;

import io.terrace.AwsSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tiers of a cache, or of the defaults: their order and the settings of each. */
final class TierParser {
  static final Set<String> HEAP_KEYS =
      ConfigurationParser.keys("max-entries", "max-bytes", "max-entry-size", "ttl");
  static final Set<String> DISK_KEYS =
      ConfigurationParser.keys(
          "directory", "max-bytes", "max-entry-size", "region-size", "fsync", "fsync-interval");

  /** Stands for a directory that is not known, in settings that are only checked. */
  private static final Path NOWHERE = Path.of("");

  private TierParser() {}

  /** The settings of the tiers, top first; null if they are wrong, which adds to the problems. */
  static @Nullable List<TierSettings> parse(Section cache) {
    HeapSettings heap = heap(cache.section("heap"));
    DiskSettings disk = disk(cache.section("disk"));
    RedisSettings redis = RedisParser.parse(cache.section("redis"));
    AwsSettings aws = AwsParser.parse(cache.section("aws"));
    List<String> names = cache.strings("tiers");
    if (names == null) {
      return List.of(heap);
    }
    return TierOrder.check(cache, names) ? stack(cache, names, heap, disk, redis, aws) : null;
  }

  private static @Nullable List<TierSettings> stack(
      Section cache,
      List<String> names,
      HeapSettings heap,
      @Nullable DiskSettings disk,
      @Nullable RedisSettings redis,
      @Nullable AwsSettings aws) {
    TerraceConfiguration.Builder<?, ?> builder =
        TerraceConfiguration.builder(Object.class, Object.class);
    for (String name : names) {
      builder.tier(
          switch (name) {
            case "heap" -> heap;
            case "disk" -> disk == null ? DiskSettings.builder(NOWHERE).build() : disk;
            case "redis" ->
                redis == null ? RedisSettings.builder(RedisParser.NOWHERE).build() : redis;
            default -> aws == null ? AwsSettings.builder(AwsParser.NOWHERE).build() : aws;
          });
    }
    boolean complete = hasWhatItNeeds(cache, names, "disk", disk, "a 'disk.directory'");
    complete &=
        hasWhatItNeeds(
            cache, names, "redis", redis, "a 'redis.uri' such as redis://localhost:6379");
    complete &= hasWhatItNeeds(cache, names, "aws", aws, "an 'aws.table'");
    try {
      List<TierSettings> stack = builder.build().tiers();
      return complete ? stack : null;
    } catch (InvalidSettingException e) {
      cache.problem(e);
      return null;
    }
  }

  /** Whether a tier has settings if it is named; adds to the problems if not. */
  private static boolean hasWhatItNeeds(
      Section cache,
      List<String> names,
      String tier,
      @Nullable TierSettings settings,
      String needed) {
    if (settings == null && names.contains(tier)) {
      cache.problem("tiers", "has the tier '" + tier + "', which needs " + needed);
      return false;
    }
    return true;
  }

  private static HeapSettings heap(Section heap) {
    heap.allow(HEAP_KEYS);
    HeapSettings.Builder builder = HeapSettings.builder();
    heap.offer(heap.count("max-entries"), builder::maxEntries);
    Long maxBytes = heap.offer(heap.bytes("max-bytes"), builder::maxBytes);
    Long maxEntryBytes =
        heap.offer(
            size(heap, "max-entry-size", maxBytes),
            bytes -> sizedHeap(maxBytes).maxEntryBytes(bytes).build());
    heap.offer(maxEntryBytes, builder::maxEntryBytes);
    heap.offer(heap.duration("ttl"), builder::ttl);
    return builder.build();
  }

  /** The settings, checked even if there is no directory, which makes them null. */
  private static @Nullable DiskSettings disk(Section disk) {
    disk.allow(DISK_KEYS);
    Path directory = directory(disk);
    DiskSettings.Builder builder = DiskSettings.builder(directory == null ? NOWHERE : directory);
    Long maxBytes = disk.offer(disk.bytes("max-bytes"), builder::maxBytes);
    Long maxEntryBytes =
        disk.offer(
            size(disk, "max-entry-size", maxBytes),
            bytes -> sized(maxBytes).maxEntryBytes(bytes).build());
    disk.offer(maxEntryBytes, builder::maxEntryBytes);
    Long regionBytes =
        disk.offer(
            size(disk, "region-size", maxBytes),
            bytes -> sized(maxBytes).regionBytes(bytes).build());
    disk.offer(regionBytes, builder::regionBytes);
    disk.offer(disk.oneOf("fsync", DiskSettings.Fsync.class), builder::fsync);
    disk.offer(disk.duration("fsync-interval"), builder::fsyncInterval);
    return directory == null ? null : builder.build();
  }

  /** A size inside the tier's; one that is inherited gives way to a smaller {@code max-bytes}. */
  private static @Nullable Long size(Section tier, String key, @Nullable Long maxBytes) {
    Long size = tier.bytes(key);
    boolean inherited = !tier.isOwn(key);
    return size != null && maxBytes != null && inherited && size > maxBytes ? maxBytes : size;
  }

  /** To check one size against the whole, so that each is reported. */
  private static DiskSettings.Builder sized(@Nullable Long maxBytes) {
    DiskSettings.Builder builder = DiskSettings.builder(NOWHERE);
    return maxBytes == null ? builder : builder.maxBytes(maxBytes);
  }

  private static HeapSettings.Builder sizedHeap(@Nullable Long maxBytes) {
    HeapSettings.Builder builder = HeapSettings.builder();
    return maxBytes == null ? builder : builder.maxBytes(maxBytes);
  }

  private static @Nullable Path directory(Section disk) {
    String directory = disk.string("directory");
    if (directory == null) {
      return null;
    }
    try {
      if (!directory.isBlank()) {
        return Path.of(directory);
      }
      disk.problem("directory", "must be a path, not ''");
    } catch (InvalidPathException e) {
      disk.problem("directory", "must be a path: " + e.getMessage());
    }
    return NOWHERE;
  }
}
