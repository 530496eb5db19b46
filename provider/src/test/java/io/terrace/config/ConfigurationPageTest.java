package io.terrace.config;

import static io.terrace.config.ConfigurationFiles.declared;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.Promotion;
import io.terrace.RedisSettings;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code docs/configuration.md} shows works, and it leaves no setting out. */
class ConfigurationPageTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  @TempDir Path directory;

  @Test
  void theFirstExample() throws IOException {
    assertThat(example(0).resolve("any", new MutableConfiguration<>()).tiers())
        .containsExactly(
            HeapSettings.builder().build(),
            DiskSettings.builder(Path.of(System.getProperty("user.home"), ".cache", "acme"))
                .build());
  }

  @Test
  void theSecondExample() throws IOException {
    TerraceConfiguration<String, Object> products =
        TerraceConfiguration.builder(
                new MutableConfiguration<String, Object>()
                    .setTypes(String.class, Object.class)
                    .setExpiryPolicyFactory(
                        CreatedExpiryPolicy.factoryOf(
                            new javax.cache.expiry.Duration(TimeUnit.HOURS, 12)))
                    .setStatisticsEnabled(true))
            .tier(HeapSettings.builder().maxEntries(5000).ttl(Duration.ofMinutes(1)).build())
            .tier(
                DiskSettings.builder(Path.of("/var/cache/acme"))
                    .maxBytes(20L << 30)
                    .fsync(DiskSettings.Fsync.INTERVAL)
                    .build())
            .allowClasses("com.acme.**")
            .build();
    assertThat(declared(example(1), "products")).isEqualTo(products);
    TerraceConfiguration<?, ?> sessions = declared(example(1), "com.acme.Session");
    assertThat(sessions.tiers())
        .containsExactly(HeapSettings.builder().maxEntries(100_000).build());
    assertThat(sessions.getExpiryPolicyFactory())
        .isEqualTo(TouchedExpiryPolicy.factoryOf(javax.cache.expiry.Duration.THIRTY_MINUTES));
  }

  @Test
  void theThirdExample() throws IOException {
    ManagerConfiguration example = example(2);
    assertThat(declared(example, "thumbnails").tiers())
        .containsExactly(
            DiskSettings.builder(Path.of("/var/cache/thumbnails"))
                .maxBytes(50L << 30)
                .maxEntryBytes(16 << 20)
                .build());
    assertThat((Class<?>) declared(example, "thumbnails").getValueType()).isEqualTo(byte[].class);
    assertThat(example.resolve("any", new MutableConfiguration<>()).tiers())
        .containsExactly(HeapSettings.builder().maxEntries(1000).build());
  }

  @Test
  void theFourthExample() throws IOException {
    assertThat(declared(example(3), "artifacts"))
        .isEqualTo(
            TerraceConfiguration.builder(String.class, StreamValue.class)
                .tier(HeapSettings.builder().maxBytes(256 << 20).maxEntryBytes(1 << 20).build())
                .tier(
                    DiskSettings.builder(Path.of("/var/cache/artifacts"))
                        .maxBytes(50L << 30)
                        .maxEntryBytes(8L << 30)
                        .build())
                .promotion("disk", "heap", Promotion.after(2))
                .stream(StreamSettings.DEFAULTS.withChunkBytes(512 << 10).joiningWrites())
                .build());
  }

  @Test
  void theFifthExample() throws IOException {
    RedisSettings redis = RedisSettings.builder("redis://localhost:6379").namespace("shop").build();
    CoherenceSettings coherence =
        CoherenceSettings.DEFAULTS
            .withHeartbeat(Duration.ofSeconds(1), Duration.ofSeconds(10))
            .servingStale();
    TerraceConfiguration<?, ?> any = example(4).resolve("any", new MutableConfiguration<>());
    assertThat(any.tiers()).containsExactly(HeapSettings.builder().build(), redis);
    assertThat(any.coherence()).isEqualTo(coherence);
    assertThat(declared(example(4), "pages"))
        .isEqualTo(
            TerraceConfiguration.builder(Object.class, Object.class)
                .tier(HeapSettings.builder().build())
                .tier(DiskSettings.builder(Path.of("/var/cache/pages")).build())
                .tier(
                    RedisSettings.builder("redis://localhost:6379")
                        .namespace("shop")
                        .maxEntryBytes(32 << 20)
                        .build())
                .promotion("redis", "disk", Promotion.after(2))
                .coherence(coherence)
                .build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://host:6379/2",
        "redis-cluster://host:6379,host:6379",
        "redis-sentinel://host:26379,host:26379/mymaster"
      })
  void theUrisItShowsAreRight(String uri) throws IOException {
    assertThat(Files.readString(PAGE)).contains("`" + uri + "`");
    assertThat(RedisSettings.builder(uri).build().uri()).isEqualTo(uri);
  }

  @Test
  void thereAreNoOtherExamples() throws IOException {
    assertThat(snippets()).hasSize(5);
  }

  @Test
  void theMessagesItShowsAreReal() throws IOException {
    String text =
        """


        terrace {
          defaults.heap.max-entrys = 1




          caches.products.disk.max-bytes = 10 GBB
        }
        """;
    String shown =
        ConfigurationFiles.refusal(directory, text)
            .replace(directory.resolve("test.conf").toString(), "/etc/acme/terrace.conf");
    assertThat(Files.readString(PAGE)).contains("```text\n" + shown + "\n```");
  }

  @Test
  void namesEverySetting() throws IOException {
    assertThat(Files.readString(PAGE))
        .contains(TierParser.HEAP_KEYS.stream().map(key -> "| `heap." + key + "` |").toList())
        .contains(TierParser.DISK_KEYS.stream().map(key -> "| `disk." + key + "` |").toList())
        .contains(StreamParser.KEYS.stream().map(key -> "| `stream." + key + "` |").toList())
        .contains(RedisParser.KEYS.stream().map(key -> "| `redis." + key + "` |").toList())
        .contains(CoherenceParser.KEYS.stream().map(key -> "| `coherence." + key + "` |").toList())
        .contains("`promote.from-disk.to-heap`")
        .contains(AwsParser.KEYS.stream().map(key -> "`aws." + key + "`").toList())
        .contains("`promote.from-redis.to-heap`", "`promote.from-redis.to-disk`")
        .contains("`promote.from-aws.to-heap`", "`promote.from-aws.to-disk`")
        .contains(CacheParser.CACHE_KEYS);
  }

  private ManagerConfiguration example(int index) throws IOException {
    return ConfigurationFiles.load(directory, snippets().get(index));
  }

  private static List<String> snippets() throws IOException {
    return Pattern.compile("```hocon\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(PAGE))
        .results()
        .map(found -> found.group(1))
        .toList();
  }
}
