package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** A provider of its own with managers on each kind of stack, where time stands still. */
final class CacheFixture {
  final AtomicLong now = new AtomicLong(1_700_000_000_000L);
  final TerraceCachingProvider provider =
      new TerraceCachingProvider(() -> Instant.ofEpochMilli(now.get()));
  final Path directory;

  /** The stacks that have to behave alike. */
  enum On {
    HEAP("heap"),
    /** A heap so small that most reads really come from disk. */
    HEAP_AND_DISK("heap,disk");

    final String tiers;

    On(String tiers) {
      this.tiers = tiers;
    }
  }

  CacheFixture() {
    try {
      directory = Files.createTempDirectory("terrace-jcache");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TerraceCacheManager manager(On stack) {
    return manager(stack.tiers);
  }

  TerraceCacheManager manager(String tiers) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", tiers);
    if (tiers.contains("disk")) {
      properties.setProperty("terrace.defaults.heap.max-entries", "4");
      properties.setProperty("terrace.defaults.disk.directory", directory.toString());
      properties.setProperty("terrace.defaults.disk.max-bytes", "64 MiB");
      properties.setProperty("terrace.defaults.disk.max-entry-size", "512 KiB");
      properties.setProperty("terrace.defaults.disk.region-size", "1 MiB");
      properties.setProperty("terrace.serialization.allow", "io.terrace.jcache.**");
    }
    return (TerraceCacheManager)
        provider.getCacheManager(
            URI.create("test:" + tiers), getClass().getClassLoader(), properties);
  }

  <K, V> Cache<K, V> cache(On stack, CompleteConfiguration<K, V> configuration) {
    return manager(stack).createCache("test", configuration);
  }

  static <K, V> MutableConfiguration<K, V> of(Class<K> keys, Class<V> values) {
    return new MutableConfiguration<K, V>().setTypes(keys, values);
  }

  /** A factory that is equal to itself only, as those of lambdas are. */
  static <T> Factory<T> always(T made) {
    return () -> made;
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("still waiting").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("terrace-worker-"))
        .toList();
  }

  static boolean hasBeans() {
    try {
      ObjectName all = new ObjectName("javax.cache:*");
      return !ManagementFactory.getPlatformMBeanServer().queryNames(all, null).isEmpty();
    } catch (MalformedObjectNameException e) {
      throw new AssertionError(e);
    }
  }

  /** Closes everything, and checks that nothing is left of it. */
  void close() throws Exception {
    provider.close();
    await(() -> workers().isEmpty());
    assertThat(hasBeans()).as("management beans left").isFalse();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
