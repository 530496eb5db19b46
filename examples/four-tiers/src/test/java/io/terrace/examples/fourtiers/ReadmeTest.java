package io.terrace.examples.fourtiers;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says of four tiers holds as it stands there. */
class ReadmeTest {
  private static final Path PROJECT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("../..").normalize();

  @TempDir Path directory;

  @Test
  @SuppressWarnings("unchecked") // a class literal has no type arguments
  void theSampleIsACacheOnFourTiersThoughNoRedisIsThere() throws IOException {
    Path file = Files.writeString(directory.resolve("caches.conf"), sample());
    Properties overrides = new Properties();
    String cache = "terrace.caches.catalog.";
    overrides.setProperty(cache + "disk.directory", directory.toString());
    overrides.setProperty(cache + "aws.region", "eu-central-1");
    overrides.setProperty(cache + "aws.access-key", "nobody");
    overrides.setProperty(cache + "aws.secret-key", "nothing");
    overrides.setProperty(cache + "aws.dynamodb-endpoint", "http://127.0.0.1:9");
    try (CacheManager manager =
        Caching.getCachingProvider().getCacheManager(file.toUri(), null, overrides)) {
      List<TierSettings> tiers =
          manager.getCache("catalog").getConfiguration(TerraceConfiguration.class).tiers();
      assertThat(tiers)
          .extracting(TierSettings::tier)
          .containsExactly("heap", "redis", "disk", "aws");
    }
  }

  /** The block about this. */
  private static String sample() throws IOException {
    Pattern block = Pattern.compile("(?ms)^```hocon\\R(.*?)^```$");
    List<String> blocks =
        block
            .matcher(Files.readString(PROJECT.resolve("README.md")))
            .results()
            .map(match -> match.group(1))
            .filter(text -> text.contains("[heap, redis, disk, aws]"))
            .toList();
    assertThat(blocks).hasSize(1);
    return blocks.get(0);
  }
}
