package io.terrace.examples.twonodes;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says of sharing holds as it stands there. */
class ReadmeTest {
  private static final Path PROJECT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("../..").normalize();

  @TempDir Path directory;

  @Test
  @SuppressWarnings("unchecked") // a class literal has no type arguments
  void theSampleIsACacheOnHeapAndRedisThoughNoServerIsThere() throws IOException {
    Path file =
        Files.writeString(directory.resolve("caches.conf"), sample("hocon", "[heap, redis]"));
    try (CacheManager manager =
        Caching.getCachingProvider().getCacheManager(file.toUri(), null, null)) {
      List<TierSettings> tiers =
          manager.getCache("products").getConfiguration(TerraceConfiguration.class).tiers();
      assertThat(tiers).extracting(TierSettings::tier).containsExactly("heap", "redis");
    }
  }

  @Test
  void theDependenciesAreThoseOfTheBuild() throws IOException {
    String build = Files.readString(PROJECT.resolve("pom.xml"));
    String shown = sample("xml", "jedis");
    for (String library : List.of("jedis", "failsafe")) {
      String version = between(build, "<" + library + ".version>", "<");
      assertThat(shown)
          .containsPattern(
              "<artifactId>"
                  + library
                  + "</artifactId>\\s*<version>"
                  + Pattern.quote(version)
                  + "</version>");
    }
  }

  private static String between(String text, String before, String after) {
    int from = text.indexOf(before) + before.length();
    return text.substring(from, text.indexOf(after, from));
  }

  /** The block of a language that names a word. */
  private static String sample(String language, String word) throws IOException {
    Pattern block = Pattern.compile("(?ms)^```" + language + "\\R(.*?)^```$");
    List<String> blocks =
        block
            .matcher(Files.readString(PROJECT.resolve("README.md")))
            .results()
            .map(match -> match.group(1))
            .filter(text -> text.contains(word))
            .toList();
    assertThat(blocks).as(language + " with " + word).hasSize(1);
    return blocks.get(0);
  }
}
