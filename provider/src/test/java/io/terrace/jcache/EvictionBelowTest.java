package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Properties;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of an entry that the heap still holds, while the disk has evicted it. */
class EvictionBelowTest {
  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(60)
  void everyChangeComesToAnEnd(boolean listened) {
    List<Predicate<Cache<Integer, byte[]>>> changes =
        List.of(
            cache -> cache.replace(0, new byte[1]),
            cache -> cache.getAndReplace(0, new byte[1]) != null,
            cache -> cache.remove(0),
            cache -> cache.getAndRemove(0) != null);
    MutableConfiguration<Integer, byte[]> configuration =
        CacheFixture.of(Integer.class, byte[].class);
    if (listened) {
      configuration.addCacheEntryListenerConfiguration(
          new MutableCacheEntryListenerConfiguration<>(
              CacheFixture.always(new RecordingListener<Integer, byte[]>()), null, true, true));
    }
    Cache<Integer, byte[]> cache = smallDisk().createCache("test", configuration);
    for (Predicate<Cache<Integer, byte[]>> change : changes) {
      evictBelow(cache);
      assertThat(change.test(cache)).isFalse();
      assertThat(cache.get(0)).isNull();
    }
    evictBelow(cache);
    cache.invoke(
        0,
        (entry, arguments) -> {
          entry.setValue(new byte[2]);
          return null;
        });
    assertThat(cache.get(0)).hasSize(2);
  }

  private static void evictBelow(Cache<Integer, byte[]> cache) {
    cache.put(0, new byte[1]);
    for (int i = 1; i <= 2_000; i++) {
      cache.put(i, new byte[4_000]);
    }
    assertThat(cache).noneMatch(entry -> entry.getKey() == 0);
    assertThat(cache.get(0)).as("in the heap").hasSize(1);
  }

  private TerraceCacheManager smallDisk() {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", "heap, disk");
    properties.setProperty("terrace.defaults.disk.directory", fixture.directory.toString());
    properties.setProperty("terrace.defaults.disk.max-bytes", "4 MiB");
    properties.setProperty("terrace.defaults.disk.max-entry-size", "8 KiB");
    properties.setProperty("terrace.defaults.disk.region-size", "1 MiB");
    return (TerraceCacheManager) fixture.provider.getCacheManager(null, null, properties);
  }
}
