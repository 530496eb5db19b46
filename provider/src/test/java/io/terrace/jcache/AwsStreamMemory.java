package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Purge;
import io.terrace.PurgeReason;
import io.terrace.StreamValue;
import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;

/**
 * The program of {@link I6AwsStreamMemoryTest}: one value far larger than the heap of the JVM,
 * written, and read back from each tier that has it.
 */
final class AwsStreamMemory {
  static final String RELEASED = "everything is released";

  private static final String KEY = "large";
  private static final String AWS = "terrace.defaults.aws.";

  /** A machine that is busy with something else fails nothing here. */
  private static final String PATIENCE = "1m";

  private final Cache<String, StreamValue> cache;
  private final TieredCache<String, StreamValue> tiers;
  private final Noise noise;
  private final long length;

  @SuppressWarnings("unchecked")
  private AwsStreamMemory(Cache<String, StreamValue> cache, long length) {
    this.cache = cache;
    this.tiers = cache.unwrap(TieredCache.class);
    this.length = length;
    noise = new Noise(1, length);
  }

  /**
   * Arguments: the tiers; MiB of the value; the endpoints of DynamoDB and S3, the access and the
   * secret key; a directory.
   */
  public static void main(String[] args) throws Exception {
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(100L << 20);
    long length = (Long.parseLong(args[1]) << 20) + 1;
    try (CacheManager manager =
        new TerraceCachingProvider()
            .getCacheManager(
                URI.create("test:memory"),
                AwsStreamMemory.class.getClassLoader(),
                properties(args, length))) {
      new AwsStreamMemory(
              manager.createCache("values", CacheFixture.of(String.class, StreamValue.class)),
              length)
          .run(args[0].contains("disk"));
    }
    assertThat(MemorySteps.directBytes()).as("direct buffers").isLessThan(16L << 20);
    System.out.println(RELEASED);
  }

  private static Properties properties(String[] args, long length) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", args[0]);
    properties.setProperty("terrace.defaults.disk.directory", args[6]);
    properties.setProperty("terrace.defaults.disk.max-bytes", Long.toString(3 * length));
    properties.setProperty("terrace.defaults.disk.max-entry-size", Long.toString(length));
    properties.setProperty(AWS + "table", "memory-test");
    properties.setProperty(AWS + "bucket", "memory-test");
    properties.setProperty(AWS + "create", "true");
    properties.setProperty(AWS + "region", "eu-central-1");
    properties.setProperty(AWS + "max-entry-size", Long.toString(length));
    properties.setProperty(AWS + "request-timeout", PATIENCE);
    properties.setProperty("terrace.defaults.stream.lane-timeout", PATIENCE);
    properties.setProperty(AWS + "dynamodb-endpoint", args[2]);
    properties.setProperty(AWS + "s3-endpoint", args[3]);
    properties.setProperty(AWS + "access-key", args[4]);
    properties.setProperty(AWS + "secret-key", args[5]);
    return properties;
  }

  private void run(boolean onDisk) throws Exception {
    if (onDisk) {
      MemorySteps.tell("written", () -> cache.put(KEY, StreamValue.of(noise)));
      MemorySteps.tell("read from disk", () -> read("disk"));
      cache.invoke(KEY, new Purge<>(PurgeReason.EVICTION, "disk"));
      assertThat(residence()).containsExactly("aws");
      MemorySteps.tell("read from aws", () -> read("aws"));
      CacheFixture.await(() -> residence().equals(List.of("disk", "aws")));
      MemorySteps.tell("read from disk, where it was promoted", () -> read("disk"));
    } else {
      MemorySteps.tell("written", () -> cache.put(KEY, StreamValue.of(noise, length)));
      MemorySteps.tell("read from aws", () -> read("aws"));
    }
    cache.remove(KEY);
    for (TierStatistics tier : tiers.tierStatistics()) {
      assertThat(tier.corruptions()).as(tier.tier()).isZero();
    }
  }

  private List<String> residence() {
    return tiers.residency(KEY).stream().map(copy -> copy.info().tier()).toList();
  }

  private void read(String tier) throws IOException {
    Checksum read = new Checksum();
    try (StreamValue value = cache.get(KEY)) {
      assertThat(value.info().tier()).isEqualTo(tier);
      assertThat(value.transferTo(read)).isEqualTo(length);
    }
    assertThat(read.value()).isEqualTo(noise.checksum());
  }
}
