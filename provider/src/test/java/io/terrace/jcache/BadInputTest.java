package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.TerraceConfigurationException;
import io.terrace.jcache.CacheFixture.On;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryListener;
import javax.cache.integration.CacheLoader;
import javax.cache.processor.EntryProcessor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application that got something wrong hears, through the plain JCache API. */
class BadInputTest {
  private static final String NAME = "test";

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<String, Object> configuration() {
    return CacheFixture.of(String.class, Object.class);
  }

  /** A manager on {@code [disk]} below a directory. */
  private CacheManager onDisk(Path directory) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", "disk");
    properties.setProperty("terrace.defaults.disk.directory", directory.toString());
    properties.setProperty("terrace.defaults.disk.max-bytes", "4 MiB");
    properties.setProperty("terrace.defaults.disk.max-entry-size", "4 KiB");
    properties.setProperty("terrace.defaults.disk.region-size", "1 MiB");
    return fixture.provider.getCacheManager(null, null, properties);
  }

  // Configuration

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "defaults.heep.max-entries = 5 | did you mean 'heap'?",
        "defaults.heap.max-entries = -5 | heap.max-entries must be at least 1, not -5",
        "defaults.heap.max-bytes = -1 | heap.max-bytes must be",
        "defaults.disk.max-bytes = -1 GiB | disk.max-bytes must be",
        "caches.c.tiers = [disc] | 'disk'",
      })
  void aMistakeInTheFileIsNamedWithItsPlace(String line, String message) throws Exception {
    Path file = fixture.directory.resolve("mistake.conf");
    Files.writeString(file, "terrace {\n  " + line + "\n}\n");
    assertThatThrownBy(() -> fixture.provider.getCacheManager(file.toUri(), null))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining("mistake.conf")
        .hasMessageContaining("2")
        .hasMessageContaining(message);
    Files.writeString(file, "terrace { }");
    assertThat(fixture.provider.getCacheManager(file.toUri(), null).isClosed()).isFalse();
  }

  // The directory of a disk tier

  @Test
  void aDirectoryThatIsAFile() throws Exception {
    Path file = Files.createFile(fixture.directory.resolve("file"));
    CacheManager manager = onDisk(file);
    assertThatThrownBy(() -> manager.createCache(NAME, configuration()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(NAME)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("disk.directory");
    Files.delete(file);
    manager.createCache(NAME, configuration()).put("k", "v");
  }

  @Test
  void aFolderWithSomebodyElsesFilesIsLeftAlone() throws Exception {
    CacheManager manager = onDisk(fixture.directory);
    Path folder = folderOfAClosedCache(manager);
    deleteAllIn(folder);
    Path foreign = Files.writeString(folder.resolve("holidays.txt"), "mine");
    assertRefused(manager, "holidays.txt", "disk.directory");
    assertThat(folder).isDirectoryContaining(foreign::equals);
    assertThat(Files.readString(foreign)).isEqualTo("mine");
    Files.delete(foreign);
    manager.createCache(NAME, configuration()).put("k", "v");
  }

  @Test
  void aFolderOfANewerFormatIsLeftAlone() throws Exception {
    CacheManager manager = onDisk(fixture.directory);
    Path folder = folderOfAClosedCache(manager);
    Path marker = folder.resolve("terrace-disk");
    String written = Files.readString(marker);
    Files.writeString(marker, ofFormat(written, 99));
    assertRefused(manager, "newer version", "99");
    Files.writeString(marker, written);
    assertThat(manager.createCache(NAME, configuration()).get("k")).isEqualTo("v");
  }

  private static String ofFormat(String marker, int format) {
    String text =
        marker.replaceFirst("format \\d+", "format " + format).replaceFirst("check .*\n", "");
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.US_ASCII));
    return text + "check " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
  }

  @Test
  void aFolderInUse() {
    CacheManager manager = onDisk(fixture.directory);
    Cache<String, Object> first = manager.createCache(NAME, configuration());
    first.put("k", "v");
    try (TerraceCachingProvider other = new TerraceCachingProvider()) {
      CacheManager second =
          other.getCacheManager(
              manager.getURI(), manager.getClassLoader(), manager.getProperties());
      assertRefused(second, "in use", fixture.directory.toString());
      first.close();
      assertThat(second.createCache(NAME, configuration()).get("k")).isEqualTo("v");
    }
  }

  @Test
  void aDamagedFolderCostsEntriesAndNothingElse() throws Exception {
    CacheManager manager = onDisk(fixture.directory);
    Path folder = folderOfAClosedCache(manager);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (Files.size(file) > 0) {
          Files.write(file, new byte[(int) Files.size(file)]);
        }
      }
    }
    Cache<String, Object> cache = manager.createCache(NAME, configuration());
    assertThat(cache.get("k")).isNull();
    cache.put("k", "w");
    assertThat(cache.get("k")).isEqualTo("w");
  }

  /** The folder of a cache that holds {@code k=v} and is closed. */
  private Path folderOfAClosedCache(CacheManager manager) throws IOException {
    try (Cache<String, Object> cache = manager.createCache(NAME, configuration())) {
      cache.put("k", "v");
    }
    try (Stream<Path> folders = Files.list(fixture.directory)) {
      return folders.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  private static void deleteAllIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private static void assertRefused(CacheManager manager, String... messages) {
    assertThatThrownBy(() -> manager.createCache(NAME, configuration()))
        .isInstanceOf(CacheException.class)
        .hasMessageContainingAll(messages);
    assertThat(manager.getCacheNames()).isEmpty();
  }

  // Values

  /** Of a package that no configured type is in. */
  private static final File OFF_THE_LIST = new File("x");

  @ParameterizedTest
  @ValueSource(strings = {"disk", "heap,disk"})
  void aValueOffTheAllowListIsRefusedAndThePreviousOneKept(String tiers) {
    Cache<String, Object> cache = fixture.manager(tiers).createCache(NAME, configuration());
    cache.put("k", "v");
    for (Object refused : List.of(OFF_THE_LIST, List.of("fine", OFF_THE_LIST))) {
      List<ThrowingCallable> changes =
          List.of(
              () -> cache.put("k", refused),
              () -> cache.replace("k", "v", refused),
              () -> cache.putAll(Map.of("k", refused)),
              () -> cache.putIfAbsent("absent", refused));
      for (ThrowingCallable change : changes) {
        assertThatThrownBy(change)
            .isInstanceOf(CacheException.class)
            .hasMessageContaining("java.io.File")
            .hasMessageContaining("terrace.serialization.allow");
      }
    }
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.containsKey("absent")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "heap,disk"})
  void aValueOverTheLimitIsRefusedAndThePreviousOneKept(String tiers) {
    Cache<String, Object> cache = fixture.manager(tiers).createCache(NAME, configuration());
    byte[] huge = new byte[600 * 1024];
    cache.put("k", "v");
    List<ThrowingCallable> changes =
        List.of(
            () -> cache.put("k", huge),
            () -> cache.getAndReplace("k", huge),
            () -> cache.putAll(Map.of("k", huge)),
            () -> cache.putIfAbsent("absent", huge),
            () -> cache.invoke("k", SET, huge));
    for (ThrowingCallable change : changes) {
      assertThatThrownBy(change)
          .isInstanceOf(EntryTooLargeException.class)
          .hasMessageContaining("disk.max-entry-size")
          .hasMessageContaining(String.valueOf(512 * 1024));
    }
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.containsKey("absent")).isFalse();
  }

  private static final EntryProcessor<String, Object, @Nullable Void> SET =
      (entry, arguments) -> {
        entry.setValue(arguments[0]);
        return null;
      };

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"}) // as an application without generics does
  void aValueOfAnotherTypeThanConfigured() {
    Cache cache = fixture.cache(On.HEAP, CacheFixture.of(String.class, String.class));
    assertThatThrownBy(() -> cache.put("k", 1))
        .isInstanceOf(ClassCastException.class)
        .hasMessageContaining("java.lang.Integer");
    assertThat(cache.containsKey("k")).isFalse();
  }

  // Creation

  @ParameterizedTest
  @EnumSource(On.class)
  void aSecondCacheOfTheSameName(On stack) {
    CacheManager manager = fixture.manager(stack);
    Cache<String, Object> first = manager.createCache(NAME, configuration());
    first.put("k", "v");
    assertThatThrownBy(() -> manager.createCache(NAME, configuration()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("'" + NAME + "' already");
    assertThat(manager.<String, Object>getCache(NAME)).isSameAs(first);
    assertThat(first.get("k")).isEqualTo("v");
  }

  static List<MutableConfiguration<String, Object>> brokenConfigurations() {
    Factory<CacheLoader<String, Object>> loader = BadInputTest::fail;
    Factory<CacheEntryListener<String, Object>> listener = BadInputTest::fail;
    CacheEntryListenerConfiguration<String, Object> listening =
        new MutableCacheEntryListenerConfiguration<>(listener, null, true, true);
    return List.of(
        configuration().setReadThrough(true),
        configuration().setWriteThrough(true),
        configuration().setCacheLoaderFactory(loader),
        configuration().addCacheEntryListenerConfiguration(listening),
        configuration().setStoreByValue(false));
  }

  private static <T> T fail() {
    throw new IllegalArgumentException("a factory that fails");
  }

  @ParameterizedTest
  @MethodSource("brokenConfigurations")
  void aCacheThatCannotBeMadeLeavesNothingBehind(MutableConfiguration<String, Object> broken) {
    CacheManager manager = onDisk(fixture.directory);
    assertThatThrownBy(() -> manager.createCache(NAME, broken))
        .isInstanceOf(RuntimeException.class);
    assertThat(manager.getCacheNames()).isEmpty();
    Cache<String, Object> cache = manager.createCache(NAME, configuration());
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
  }

  // Use after close

  @ParameterizedTest
  @EnumSource(On.class)
  void aClosedCacheRefusesEverything(On stack) {
    CacheManager manager = fixture.manager(stack);
    Cache<String, Object> cache = manager.createCache(NAME, configuration());
    cache.put("k", "v");
    Iterator<Cache.Entry<String, Object>> begun = cache.iterator();
    cache.close();
    cache.close();
    assertThat(cache.isClosed()).isTrue();
    List<ThrowingCallable> uses =
        List.of(
            () -> cache.get("k"),
            () -> cache.getAll(Set.of("k")),
            () -> cache.containsKey("k"),
            () -> cache.loadAll(Set.of("k"), true, null),
            () -> cache.put("k", "v"),
            () -> cache.getAndPut("k", "v"),
            () -> cache.putAll(Map.of("k", "v")),
            () -> cache.putIfAbsent("k", "v"),
            () -> cache.remove("k"),
            () -> cache.remove("k", "v"),
            () -> cache.getAndRemove("k"),
            () -> cache.replace("k", "v", "w"),
            () -> cache.replace("k", "v"),
            () -> cache.getAndReplace("k", "v"),
            () -> cache.removeAll(Set.of("k")),
            () -> cache.removeAll(),
            () -> cache.clear(),
            () -> cache.invoke("k", SET, "v"),
            () -> cache.invokeAll(Set.of("k"), SET, "v"),
            () -> cache.iterator(),
            () -> begun.hasNext(),
            () -> begun.next());
    for (ThrowingCallable use : uses) {
      assertThatThrownBy(use)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("cache '" + NAME + "' is closed");
    }
    assertThat(manager.<String, Object>getCache(NAME)).isNull();
  }

  @Test
  void aClosedManagerRefusesEverythingAndItsCachesToo() {
    CacheManager manager = fixture.manager(On.HEAP_AND_DISK);
    Cache<String, Object> cache = manager.createCache(NAME, configuration());
    manager.close();
    manager.close();
    List<ThrowingCallable> uses =
        List.of(
            () -> manager.createCache("other", configuration()),
            () -> manager.getCache(NAME),
            () -> manager.getCache(NAME, String.class, Object.class),
            () -> manager.getCacheNames(),
            () -> manager.destroyCache(NAME),
            () -> manager.enableStatistics(NAME, true),
            () -> manager.enableManagement(NAME, true));
    for (ThrowingCallable use : uses) {
      assertThatThrownBy(use)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is closed");
    }
    assertThatThrownBy(() -> cache.get("k")).isInstanceOf(IllegalStateException.class);
  }
}
