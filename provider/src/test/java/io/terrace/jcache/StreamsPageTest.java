package io.terrace.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryInfo;
import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.Promotion;
import io.terrace.Purge;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.StreamValue;
import io.terrace.StreamWriter;
import io.terrace.TerraceConfiguration;
import io.terrace.TieredCache;
import io.terrace.config.ManagerConfiguration;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/streams.md} and the README show of streams does what they say. */
class StreamsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "streams.md");
  private static final Path README = Path.of("..", "README.md");
  private static final byte[] MANUAL = new byte[300_000];

  static {
    new Random(5).nextBytes(MANUAL);
  }

  private static final String IMPORTS =
      """
      import io.terrace.*;
      import java.io.*;
      import java.nio.file.*;
      import java.util.*;
      import javax.cache.*;
      import javax.cache.configuration.*;
      """;

  @TempDir static Path classes;
  private static URLClassLoader compiled;

  @TempDir Path directory;
  private CacheManager manager;
  private Cache<String, StreamValue> cache;

  @BeforeAll
  static void compile() throws IOException {
    List<String> snippets = new ArrayList<>(snippets(PAGE, "java"));
    snippets.add(snippets(README, "java").get(1).replace("Path.of(\"report.pdf\")", "file"));
    StringBuilder sources = new StringBuilder(IMPORTS);
    for (int i = 0; i < snippets.size(); i++) {
      sources.append("class Sample").append(i).append(" extends ");
      sources.append(PageSample.class.getName());
      sources.append(" { public void run() throws Exception {\n");
      sources.append(snippets.get(i)).append("}}\n");
    }
    Path source = Files.writeString(classes.resolve("Samples.java"), sources);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(result).as("the samples compile").isZero();
    compiled =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, StreamsPageTest.class.getClassLoader());
  }

  @AfterAll
  static void closeLoader() throws IOException {
    compiled.close();
  }

  @BeforeEach
  void open() throws IOException {
    String text =
        snippets(PAGE, "hocon")
            .get(0)
            .replace("directory = cache", "directory = \"" + directory + "\"");
    Path file = Files.writeString(directory.resolve("page.conf"), text);
    manager = new TerraceCachingProvider().getCacheManager(file.toUri(), null, null);
    cache = manager.getCache("files", String.class, StreamValue.class);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static List<String> snippets(Path page, String language) throws IOException {
    return Pattern.compile("(?ms)^```" + language + "\\R(.*?)^```$")
        .matcher(Files.readString(page))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  /** Runs the sample with this number on the page. */
  private PageSample run(int index) throws Exception {
    var constructor = compiled.loadClass("Sample" + index).getDeclaredConstructor();
    constructor.setAccessible(true);
    PageSample sample = (PageSample) constructor.newInstance();
    sample.cache = cache;
    sample.tiered = tiered();
    sample.file = Files.write(directory.resolve("manual.pdf"), MANUAL);
    sample.request = new ByteArrayInputStream("uploaded".getBytes(US_ASCII));
    sample.length = 8;
    sample.run();
    return sample;
  }

  @SuppressWarnings("unchecked") // the view of a cache of these types
  private TieredCache<String, StreamValue> tiered() {
    return cache.unwrap(TieredCache.class);
  }

  private void store(String key, String... tags) {
    Metadata metadata = new Metadata("application/pdf", Set.of(tags), Map.of());
    cache.put(key, StreamValue.of(MANUAL).withMetadata(metadata));
  }

  private byte[] read(String key) throws IOException {
    try (StreamValue value = cache.get(key)) {
      return value == null ? null : value.inputStream().readAllBytes();
    }
  }

  private List<String> residency(String key) {
    return tiered().residency(key).stream().map(copy -> copy.info().tier()).toList();
  }

  @Test
  void theSamplesOfStoring() throws Exception {
    PageSample sample = run(0);
    assertThat(read("manual")).isEqualTo(MANUAL);
    assertThat(read("upload")).isEqualTo("uploaded".getBytes(US_ASCII));
    assertThat(sample.request.available()).isZero();
    try (StreamValue value = Objects.requireNonNull(cache.get("manual"))) {
      assertThat(value.metadata())
          .isEqualTo(
              new Metadata("application/pdf", Set.of("docs", "v2"), Map.of("etag", "\"a7\"")));
    }
  }

  @Test
  void theSampleOfPushing() throws Exception {
    assertThat(run(1).log).isEmpty();
    assertThat(read("export")).isEqualTo("exported".getBytes(US_ASCII));
  }

  @Test
  void theSampleOfReading() throws Exception {
    assertThat(run(2).responseBytes.size()).isZero();
    store("manual");
    PageSample sample = run(2);
    assertThat(sample.responseBytes.toByteArray()).isEqualTo(MANUAL);
    assertThat(sample.headers)
        .hasToString("Content-Type: application/pdf\nContent-Length: 300000\n");
  }

  @Test
  void theSampleOfReadingParts() throws Exception {
    store("manual");
    PageSample sample = run(3);
    assertThat(ByteBuffer.wrap(sample.rangeResponse.toByteArray()))
        .isEqualTo(ByteBuffer.wrap(MANUAL, 1_000, 500));
    assertThat(sample.firstBytes.flip()).isEqualTo(ByteBuffer.wrap(MANUAL, 0, 10));
  }

  @Test
  void theSampleOfPromoting() throws Exception {
    store("manual");
    tiered().purge("manual", PurgeMode.HARD);
    store("manual");
    PageSample sample = run(4);
    assertThat(residency("manual")).containsExactly("heap", "disk");
    assertThat(sample.log.toString().lines())
        .hasSize(2)
        .allMatch(line -> line.matches("(heap|disk) has version \\d+"));
  }

  @Test
  void theSampleOfPurging() throws Exception {
    store("manual");
    store("other", "docs");
    store("/images/logo");
    store("upload");
    run(5);
    assertThat(cache.containsKey("manual")).isFalse();
    assertThat(cache.containsKey("other")).isFalse();
    assertThat(read("/images/logo")).isNull();
    assertThat(residency("upload")).containsExactly("disk");
    assertThat(read("upload")).isEqualTo(MANUAL);
  }

  @Test
  void theSampleOfServingWhatIsStale() throws Exception {
    store("/images/logo");
    assertThat(run(6).responseBytes.size()).isZero();
    tiered().purgePrefix("/images/", PurgeMode.SOFT);
    assertThat(read("/images/logo")).isNull();
    assertThat(run(6).responseBytes.toByteArray()).isEqualTo(MANUAL);
  }

  @Test
  void theSampleOfMakingWhatIsStaleFresh() throws Exception {
    store("/images/logo");
    long version = info("/images/logo").version();
    tiered().purgePrefix("/images/", PurgeMode.SOFT);
    run(7);
    assertThat(read("/images/logo")).isEqualTo(MANUAL);
    assertThat(info("/images/logo").version()).isEqualTo(version);
  }

  @Test
  void theSampleOfChangingMetadata() throws Exception {
    store("manual", "docs", "v2");
    long version = info("manual").version();
    run(8);
    try (StreamValue value = Objects.requireNonNull(cache.get("manual"))) {
      assertThat(value.metadata().tags()).containsExactlyInAnyOrder("docs", "v3");
      assertThat(value.inputStream().readAllBytes()).isEqualTo(MANUAL);
    }
    assertThat(info("manual").version()).isEqualTo(version);
  }

  private EntryInfo info(String key) {
    try (StreamValue value = Objects.requireNonNull(cache.get(key))) {
      return Objects.requireNonNull(value.info());
    }
  }

  @Test
  void theSampleOfListening() throws Exception {
    store("manual");
    cache.invoke("manual", new Purge<>(PurgeReason.INVALIDATION, "heap"));
    PageSample sample = run(9);
    assertThat(read("manual")).isEqualTo(MANUAL);
    assertThat(sample.log).hasToString("manual is in heap\n");
  }

  @Test
  void aSourceThatFailsLeavesTheOldValue() throws IOException {
    store("manual");
    ByteArrayInputStream shorter = new ByteArrayInputStream(new byte[10]);
    assertThatThrownBy(() -> cache.put("manual", StreamValue.of(shorter, 11)))
        .isInstanceOf(CacheException.class)
        .hasRootCauseInstanceOf(EOFException.class);
    assertThat(read("manual")).isEqualTo(MANUAL);
  }

  @Test
  void aValueThatIsTooLargeLeavesTheOldOne() throws IOException {
    store("manual");
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] target, int offset, int length) {
            return length;
          }
        };
    StreamValue announced = StreamValue.of(endless, (1L << 30) + 1);
    assertThatThrownBy(() -> cache.put("manual", announced))
        .isInstanceOf(EntryTooLargeException.class)
        .hasMessageContaining("raise disk.max-entry-size");
    assertThat(read("manual")).isEqualTo(MANUAL);
  }

  @Test
  void aWriteThatIsClosedWithoutACommitLeavesTheOldValue() throws IOException {
    store("manual");
    try (StreamWriter out = tiered().openWrite("manual", Metadata.NONE)) {
      out.write(ByteBuffer.allocate(1000));
    }
    assertThat(read("manual")).isEqualTo(MANUAL);
  }

  @Test
  void aReaderThatFindsNothingFollowsAWriteInProgress() throws IOException {
    try (StreamWriter out = tiered().openWrite("new", Metadata.NONE)) {
      out.write(ByteBuffer.wrap(MANUAL));
      try (StreamValue value = cache.get("new")) {
        assertThat(value).isNotNull();
        assertThat(value.length()).isEqualTo(StreamValue.UNKNOWN_LENGTH);
        ByteBuffer first = ByteBuffer.allocate(1000);
        assertThat(value.read(0, first)).isPositive();
        assertThat(first.flip()).isEqualTo(ByteBuffer.wrap(MANUAL, 0, first.remaining()));
        out.abort();
        assertThatIOException().isThrownBy(() -> value.inputStream().readAllBytes());
      }
    }
    assertThat(read("new")).isNull();
  }

  @Test
  void aHandleServesTheVersionItWasOpenedAt() throws IOException {
    store("manual");
    try (StreamValue value = Objects.requireNonNull(cache.get("manual"))) {
      cache.put("manual", StreamValue.of(new byte[5]));
      tiered().purge("manual", PurgeMode.HARD);
      assertThat(value.inputStream().readAllBytes()).isEqualTo(MANUAL);
    }
  }

  @Test
  void anIterationClosesWhatItReturned() throws IOException {
    store("manual");
    store("other");
    StreamValue last = null;
    for (Cache.Entry<String, StreamValue> entry : cache) {
      last = entry.getValue();
      assertThat(last.read(0, ByteBuffer.allocate(10))).isPositive();
    }
    StreamValue closed = Objects.requireNonNull(last);
    assertThatThrownBy(() -> closed.read(0, ByteBuffer.allocate(10)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void onlyWhatIsReadToItsEndIsCopiedUp() throws IOException {
    store("manual");
    cache.invoke("manual", new Purge<>(PurgeReason.INVALIDATION, "heap"));
    try (StreamValue value = Objects.requireNonNull(cache.get("manual"))) {
      assertThat(value.range(5, 10).readAllBytes()).hasSize(10);
    }
    try (StreamValue value = Objects.requireNonNull(cache.get("manual"))) {
      assertThat(value.inputStream().readNBytes(MANUAL.length - 1)).hasSize(MANUAL.length - 1);
    }
    assertThat(residency("manual")).containsExactly("disk");
    assertThat(read("manual")).isEqualTo(MANUAL);
    assertThat(residency("manual")).containsExactly("heap", "disk");
  }

  @Test
  void aPurgeUndoesAWriteInProgress() throws IOException {
    try (StreamWriter out = tiered().openWrite("new", new Metadata(null, Set.of("t"), Map.of()))) {
      out.write(ByteBuffer.wrap(MANUAL));
      tiered().purgeTag("t", PurgeMode.HARD);
      assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.PURGED);
    }
    assertThat(read("new")).isNull();
  }

  @Test
  void theCacheOfThePage() {
    @SuppressWarnings("unchecked") // the configuration of a cache of these types
    TerraceConfiguration<String, StreamValue> configuration =
        cache.getConfiguration(TerraceConfiguration.class);
    assertThat(Objects.requireNonNull(configuration.stream()).joinWrites()).isTrue();
    assertThat(configuration.promotion().of("disk", "heap")).isEqualTo(Promotion.ON_COMPLETE);
  }

  @Test
  void thePolicyOfThePage() throws IOException {
    String policy = snippets(PAGE, "hocon").get(1);
    Path file =
        Files.writeString(
            directory.resolve("policy.conf"),
            "terrace.caches.c { tiers = [heap, disk], disk.directory = \""
                + directory
                + "\"\n"
                + policy
                + "}");
    ManagerConfiguration configuration =
        ManagerConfiguration.load(file.toUri(), StreamsPageTest.class.getClassLoader(), null);
    assertThat(Objects.requireNonNull(configuration.declared("c")).promotion().of("disk", "heap"))
        .isEqualTo(Promotion.after(3));
  }

  @Test
  void theSampleOfTheReadme() throws Exception {
    assertThat(run(10).responseBytes.toByteArray()).isEqualTo(MANUAL);
    assertThat(read("report")).isEqualTo(MANUAL);
  }

  @Test
  void thereAreNoOtherSamples() throws IOException {
    assertThat(snippets(PAGE, "java")).hasSize(10);
    assertThat(snippets(PAGE, "hocon")).hasSize(2);
  }
}
