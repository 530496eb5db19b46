package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Codec;
import io.terrace.DiskSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.jcache.CacheFixture.On;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing that a user does to a key or a value reaches what the cache holds, whichever way it came.
 */
class StoreByValueTest {
  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** What anybody can change. */
  static final class Box implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    int content;

    Box(int content) {
      this.content = content;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Box box && box.content == content;
    }

    @Override
    public int hashCode() {
      return content;
    }

    @Override
    public String toString() {
      return "Box of " + content;
    }
  }

  private static final Box VALUE = new Box(5);

  private static MutableConfiguration<Box, Box> configuration() {
    return CacheFixture.of(Box.class, Box.class);
  }

  private static void spoil(Box key, Box value) {
    key.content += 77;
    value.content = -1;
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void keysAndValuesAreCopiedInAndOut(On stack) {
    RecordingListener<Box, Box> spoiling =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Box, ? extends Box> event) {
            spoil(event.getKey(), event.getValue());
            if (event.isOldValueAvailable()) {
              event.getOldValue().content = -1;
            }
          }
        };
    Cache<Box, Box> cache =
        fixture.cache(
            stack,
            configuration()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(spoiling), null, true, true)));
    for (int way = 0; way < 6; way++) {
      Box key = new Box(way);
      Box value = new Box(5);
      putSomehow(cache, way, key, value);
      spoil(key, value);
      for (int i = 0; i < 2; i++) {
        check(cache, new Box(way));
      }
    }
    assertThat(cache).hasSize(6);
  }

  private static void putSomehow(Cache<Box, Box> cache, int way, Box key, Box value) {
    switch (way) {
      case 0 -> cache.put(key, value);
      case 1 -> cache.putIfAbsent(key, value);
      case 2 -> cache.putAll(Map.of(key, value));
      case 3 -> assertThat(cache.getAndPut(key, value)).isNull();
      case 4 -> {
        cache.put(key, new Box(4));
        cache.replace(key, value);
      }
      default ->
          cache.invoke(
              key,
              (entry, arguments) -> {
                entry.setValue(value);
                return null;
              });
    }
  }

  /** Reads the entry in every way, and spoils what it gets. */
  private static void check(Cache<Box, Box> cache, Box key) {
    spoil(new Box(0), cache.get(key));
    cache.getAll(Set.of(new Box(key.content))).forEach(StoreByValueTest::spoil);
    for (Cache.Entry<Box, Box> entry : cache) {
      spoil(entry.getKey(), entry.getValue());
    }
    cache.invoke(key, (entry, arguments) -> entry.getValue().content = -1);
    spoil(new Box(0), cache.getAndReplace(key, new Box(5)));
    assertThat(cache.get(key)).isEqualTo(VALUE);
  }

  @Test
  void aKeyThatOnlyReadsIsCopiedAsWell() {
    Cache<Box, Box> cache = fixture.cache(On.HEAP_AND_DISK, configuration());
    cache.put(new Box(1), VALUE);
    for (int i = 100; i < 200; i++) {
      cache.put(new Box(i), VALUE); // which leaves the first one on disk alone
    }
    Box reader = new Box(1);
    assertThat(cache.get(reader)).isEqualTo(VALUE);
    reader.content = 2;
    cache.put(new Box(1), new Box(6));
    reader.content = 1;
    assertThat(cache.get(new Box(1))).isEqualTo(new Box(6));
  }

  @Test
  void withoutAHeapEventsAndProcessorsHaveCopies() {
    RecordingListener<Box, Box> listener = new RecordingListener<>();
    Cache<Box, Box> cache =
        fixture
            .manager("disk")
            .createCache(
                "test",
                configuration()
                    .addCacheEntryListenerConfiguration(
                        new MutableCacheEntryListenerConfiguration<>(
                            CacheFixture.always(listener), null, true, true)));
    Box value = new Box(5);
    cache.put(new Box(1), value);
    value.content = -1;
    cache.invoke(
        new Box(1),
        (entry, arguments) -> {
          Box changed = entry.getValue();
          changed.content = 6;
          entry.setValue(changed);
          return null;
        });
    cache.getAndRemove(new Box(1)).content = -1;
    assertThat(listener.of(new Box(1)).toString())
        .isEqualTo(
            "[CREATED null -> Box of 5, UPDATED Box of 5 -> Box of 6,"
                + " REMOVED Box of 6 -> Box of 6]");
  }

  /** Counts how often one was made of bytes. */
  static final class Counted implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    static int made;

    int content = 5;

    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      made++;
    }
  }

  @Test
  void aReadFromTheDiskAloneIsItsOwnCopy() {
    Cache<String, Counted> cache =
        fixture.manager("disk").createCache("test", CacheFixture.of(String.class, Counted.class));
    cache.put("k", new Counted());
    Counted.made = 0;
    Counted first = cache.get("k");
    Counted second = cache.getAll(Set.of("k")).get("k");
    assertThat(Counted.made).isEqualTo(2);
    first.content = -1;
    second.content = -1;
    assertThat(cache.get("k").content).isEqualTo(5);
  }

  /** Hands out the same object for the same bytes. */
  static final class Interning implements Codec<Box> {
    private final Map<Integer, Box> boxes = new ConcurrentHashMap<>();

    @Override
    public int id() {
      return 1000;
    }

    @Override
    public byte[] encode(Box value) {
      return new byte[] {(byte) value.content};
    }

    @Override
    public Box decode(ByteBuffer bytes) {
      return boxes.computeIfAbsent((int) bytes.get(), Box::new);
    }
  }

  @Test
  void whatACodecOfTheUsersKeepsIsCopied() {
    MutableConfiguration<String, Box> standard = CacheFixture.of(String.class, Box.class);
    Cache<String, Box> cache =
        fixture
            .manager("disk")
            .createCache(
                "test",
                TerraceConfiguration.builder(standard)
                    .tier(DiskSettings.builder(fixture.directory).build())
                    .allowClasses("io.terrace.jcache.**")
                    .valueCodec(new Interning())
                    .build());
    cache.put("k", VALUE);
    cache.get("k").content = -1;
    cache.getAll(Set.of("k")).get("k").content = -1;
    assertThat(cache.get("k")).isEqualTo(VALUE);
  }

  @Test
  void byReferenceTheVeryObjectComesBack() {
    Cache<Box, Box> cache = fixture.cache(On.HEAP, configuration().setStoreByValue(false));
    Box key = new Box(1);
    Box value = new Box(5);
    cache.put(key, value);
    assertThat(cache.get(new Box(1))).isSameAs(value);
    assertThat(cache.iterator().next().getKey()).isSameAs(key);
  }

  @Test
  void byReferenceConcernsWhatTheHeapStillHolds() {
    Cache<Box, Box> cache = fixture.cache(On.HEAP_AND_DISK, configuration().setStoreByValue(false));
    Box value = new Box(5);
    cache.put(new Box(1), value);
    assertThat(cache.get(new Box(1))).isSameAs(value);
    cache.getCacheManager().close();
    Cache<Box, Box> reopened =
        fixture.cache(On.HEAP_AND_DISK, configuration().setStoreByValue(false));
    Box fromDisk = reopened.get(new Box(1));
    assertThat(fromDisk).isEqualTo(value).isNotSameAs(value);
    assertThat(reopened.get(new Box(1))).isSameAs(fromDisk);
  }

  @Test
  void byReferenceNeedsAHeap() {
    TerraceCacheManager manager = fixture.manager("disk");
    MutableConfiguration<Box, Box> reference = configuration().setStoreByValue(false);
    assertThatThrownBy(() -> manager.createCache("test", reference))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("add heap");
    manager.createCache("test", configuration()).put(new Box(1), new Box(5));
    assertThat(manager.getCache("test").get(new Box(1))).isEqualTo(VALUE);
  }
}
