package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import io.terrace.jcache.CacheFixture.On;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** I11: what a cache makes of stored bytes that are damaged, or of a class it may not load. */
class I11StoredBytesTest {
  private static final String SETTING = "terrace.serialization.allow";

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private record Product(String name) implements Serializable {}

  private enum Region {
    NORTH
  }

  private static TierStatistics disk(Cache<?, ?> cache) {
    TieredCache<?, ?> tiered = cache.unwrap(TieredCache.class);
    return tiered.tierStatistics().get(1);
  }

  @Test
  void i11_damageInTheMiddleOfALongBodyIsAMiss() throws Exception {
    byte[] value = new byte[400_000];
    Arrays.fill(value, (byte) 0x5A);
    Cache<Integer, byte[]> cache =
        fixture.cache(On.HEAP_AND_DISK, CacheFixture.of(Integer.class, byte[].class));
    cache.put(1, value);
    cache.getCacheManager().close();
    damageTheMiddle();
    cache = fixture.cache(On.HEAP_AND_DISK, CacheFixture.of(Integer.class, byte[].class));
    assertThat(cache.get(1)).isNull();
    assertThat(cache.get(1)).isNull();
    assertThat(disk(cache).corruptions()).isEqualTo(1);
    assertThat(disk(cache).misses()).isEqualTo(2);
    assertThat(disk(cache).skips()).isZero();
  }

  private void damageTheMiddle() throws IOException {
    Path longest;
    try (Stream<Path> files = Files.walk(fixture.directory)) {
      longest = files.filter(file -> file.toFile().length() > 400_000).findFirst().orElseThrow();
    }
    try (RandomAccessFile file = new RandomAccessFile(longest.toFile(), "rw")) {
      file.seek(200_000);
      file.write(0);
    }
  }

  private Cache<Object, Object> cacheThatAllows(String classes) {
    CacheManager before = fixture.manager(On.HEAP_AND_DISK);
    Properties properties = before.getProperties();
    before.close();
    properties.setProperty(SETTING, classes);
    return fixture
        .provider
        .getCacheManager(before.getURI(), getClass().getClassLoader(), properties)
        .createCache("test", CacheFixture.of(Object.class, Object.class));
  }

  @Test
  void i11_aClassOffTheAllowListIsAnErrorAndItsEntryStays() {
    Cache<Object, Object> cache = cacheThatAllows("io.terrace.jcache.**");
    cache.put(1, new Product("a"));
    cache.put(2, new Product("b"));
    cache.put(3, "text");

    Cache<Object, Object> strict = cacheThatAllows("com.acme.**");
    assertRefused(() -> strict.get(1), Product.class);
    assertRefused(() -> strict.getAll(Set.of(1, 3)), Product.class);
    assertRefused(() -> strict.iterator().forEachRemaining(entry -> {}), Product.class);
    assertThat(strict.get(3)).isEqualTo("text");
    assertThat(strict.containsKey(1)).isTrue();
    assertThat(strict.remove(2)).as("what is not wanted any more can leave").isTrue();
    assertThat(disk(strict).corruptions()).isZero();

    Cache<Object, Object> again = cacheThatAllows("io.terrace.jcache.**");
    assertThat(again.get(1)).isEqualTo(new Product("a"));
    assertThat(again.get(2)).isNull();
  }

  @Test
  void i11_aKeyOfAClassOffTheAllowListStays() {
    cacheThatAllows("io.terrace.jcache.**").put(Region.NORTH, "a");
    Cache<Object, Object> strict = cacheThatAllows("com.acme.**");
    assertRefused(() -> strict.iterator().forEachRemaining(entry -> {}), Region.class);
    assertThat(disk(strict).entries()).isEqualTo(1);
    assertThat(cacheThatAllows("io.terrace.jcache.**").get(Region.NORTH)).isEqualTo("a");
  }

  private static void assertRefused(Runnable read, Class<?> named) {
    assertThatThrownBy(read::run)
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(named.getName())
        .hasMessageContaining(SETTING);
  }
}
