package io.terrace.config;

import static io.terrace.config.ConfigurationFiles.declared;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.AwsSettings;
import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.PromotionPolicy;
import io.terrace.RedisSettings;
import io.terrace.StreamSettings;
import io.terrace.TerraceConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The defaults that the commented file shows are those the builders have. */
class ReferenceConfTest {
  @TempDir Path directory;

  @Test
  void isWhatACacheIsWithoutIt() throws IOException {
    ManagerConfiguration reference = ConfigurationFiles.load(directory, text());
    assertThat(reference.resolve("any", new MutableConfiguration<>()))
        .isEqualTo(TerraceConfiguration.builder(new MutableConfiguration<>()).build());
    assertThat(reference.declaredNames()).isEmpty();
  }

  @Test
  void hasTheDefaultsOfTheDisk() throws IOException {
    ManagerConfiguration reference =
        ConfigurationFiles.load(
            directory, text() + "\nterrace.caches.c { tiers = [disk], disk.directory = d }");
    assertThat(declared(reference, "c").tiers())
        .containsExactly(DiskSettings.builder(Path.of("d")).build());
  }

  @Test
  void hasTheDefaultsOfRedisAndOfCoherence() throws IOException {
    ManagerConfiguration reference =
        ConfigurationFiles.load(
            directory,
            text() + "\nterrace.caches.c { tiers = [redis], redis.uri = \"redis://localhost\" }");
    assertThat(declared(reference, "c").tiers())
        .containsExactly(RedisSettings.builder("redis://localhost").build());
    assertThat(declared(reference, "c").coherence()).isEqualTo(CoherenceSettings.DEFAULTS);
  }

  @Test
  void hasTheDefaultsOfAws() throws IOException {
    ManagerConfiguration reference =
        ConfigurationFiles.load(
            directory, text() + "\nterrace.caches.c { tiers = [aws], aws.table = tab }");
    assertThat(declared(reference, "c").tiers())
        .containsExactly(AwsSettings.builder("tab").build());
  }

  @Test
  void hasTheDefaultsOfStreamsAndOfPromotion() throws IOException {
    ManagerConfiguration reference =
        ConfigurationFiles.load(
            directory,
            text()
                + "\nterrace.caches.c { value = stream, tiers = [heap, disk, redis]"
                + "\ndisk.directory = d, redis.uri = \"redis://localhost\" }");
    assertThat(declared(reference, "c").stream()).isEqualTo(StreamSettings.DEFAULTS);
    assertThat(declared(reference, "c").promotion())
        .as("what holds for a pair that is not named")
        .isEqualTo(
            PromotionPolicy.ALWAYS
                .with("disk", "heap", PromotionPolicy.ALWAYS.of("disk", "heap"))
                .with("redis", "heap", PromotionPolicy.ALWAYS.of("redis", "heap"))
                .with("redis", "disk", PromotionPolicy.ALWAYS.of("redis", "disk")));
  }

  @Test
  void itsExampleOfACacheHasTheDefaultsOfACache() throws IOException {
    ManagerConfiguration reference =
        ConfigurationFiles.load(
            directory,
            text()
                .replaceAll("(?m)^    # (example \\{|\\})$", "    $1")
                .replaceAll("(?m)^    #   (?!#)(.+)$", "    $1"));
    assertThat(reference.declaredNames()).containsExactly("example");
    assertThat(declared(reference, "example"))
        .isEqualTo(TerraceConfiguration.builder(new MutableConfiguration<>()).build());
  }

  @Test
  void namesEverySetting() throws IOException {
    assertThat(text())
        .contains(TierParser.HEAP_KEYS)
        .contains(TierParser.DISK_KEYS)
        .contains(RedisParser.KEYS)
        .contains(AwsParser.KEYS)
        .contains(CoherenceParser.KEYS)
        .contains(StreamParser.KEYS)
        .contains(PromotionParser.FROM_KEYS)
        .contains("to-heap", "to-disk")
        .contains(CacheParser.CACHE_KEYS);
  }

  @Test
  void explainsEverySetting() throws IOException {
    List<String> lines = text().lines().toList();
    for (int i = 1; i < lines.size(); i++) {
      boolean setting = lines.get(i).matches("\\s*[a-z-]+ = .*");
      assertThat(!setting || lines.get(i - 1).strip().startsWith("#"))
          .as("a comment above: %s", lines.get(i))
          .isTrue();
    }
  }

  private static String text() throws IOException {
    ClassLoader loader = ManagerConfiguration.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream("reference.conf")) {
      assertThat(in).as("reference.conf at the root of the class path").isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
