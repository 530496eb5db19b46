package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.TieredCache;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values that are heavier than all of a heap bounded by bytes. */
class HeapBytesTest {
  private static final byte[] OLD = new byte[100];
  private static final byte[] TOO_LARGE = new byte[20_000];

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private Cache<Integer, byte[]> cache(
      String tiers, MutableConfiguration<Integer, byte[]> configuration) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", tiers);
    properties.setProperty("terrace.defaults.heap.max-bytes", "10 KiB");
    properties.setProperty("terrace.defaults.disk.directory", fixture.directory.toString());
    return fixture
        .provider
        .getCacheManager(null, null, properties)
        .createCache("test", configuration);
  }

  private static MutableConfiguration<Integer, byte[]> configuration() {
    return CacheFixture.of(Integer.class, byte[].class);
  }

  @Test
  void aHeapAloneRefusesThemAndKeepsThePreviousValue() {
    Cache<Integer, byte[]> cache = cache("heap", configuration());
    cache.put(1, OLD);
    Stream<Consumer<Cache<Integer, byte[]>>> changes =
        Stream.of(
            c -> c.put(1, TOO_LARGE),
            c -> c.getAndPut(1, TOO_LARGE),
            c -> c.replace(1, TOO_LARGE),
            c -> c.putIfAbsent(2, TOO_LARGE),
            c -> c.invoke(1, (entry, arguments) -> set(entry)));
    changes.forEach(
        change -> {
          assertThatThrownBy(() -> change.accept(cache))
              .isInstanceOf(EntryTooLargeException.class)
              .hasMessageContaining("raise heap.max-bytes");
          assertThat(cache.get(1)).isEqualTo(OLD);
          assertThat(cache.containsKey(2)).isFalse();
        });
  }

  private static boolean set(javax.cache.processor.MutableEntry<Integer, byte[]> entry) {
    entry.setValue(TOO_LARGE);
    return true;
  }

  @Test
  void aHeapAboveTheDiskJustDoesNotTakeThem() {
    Cache<Integer, byte[]> cache = cache("heap, disk", configuration());
    cache.put(1, OLD);
    cache.put(1, TOO_LARGE);
    for (int i = 0; i < 2; i++) {
      assertThat(cache.get(1)).isEqualTo(TOO_LARGE);
      assertThat(cache.unwrap(TieredCache.class).tierStatistics().toString())
          .contains("tier=heap, entries=0", "tier=disk, entries=1");
    }
    cache.put(1, OLD);
    assertThat(cache.unwrap(TieredCache.class).tierStatistics().toString())
        .contains("tier=heap, entries=1");
  }

  @Test
  void oneThatIsLoadedIsReturnedAndNotCached() {
    Cache<Integer, byte[]> cache =
        cache(
            "heap",
            configuration()
                .setReadThrough(true)
                .setCacheLoaderFactory(CacheFixture.always(new Loading())));
    assertThat(cache.get(1)).isEqualTo(TOO_LARGE);
    assertThat(cache.containsKey(1)).isFalse();
  }

  private static final class Loading implements CacheLoader<Integer, byte[]> {
    @Override
    public byte[] load(Integer key) {
      return TOO_LARGE;
    }

    @Override
    public Map<Integer, byte[]> loadAll(Iterable<? extends Integer> keys) {
      throw new CacheLoaderException("not asked for");
    }
  }
}
