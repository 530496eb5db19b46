package io.terrace.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README shows works as it stands there. */
class ReadmeTest {
  private static final Path PROJECT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("../..").normalize();

  /** How many blocks of a language there are, of which only the first runs here. */
  private static final Map<String, Integer> SAMPLES = Map.of("java", 2, "hocon", 4);

  @TempDir Path directory;

  @Test
  void theSampleFindsItsEntryAgainInANewProcess() throws Exception {
    Path source = Files.writeString(directory.resolve("Hello.java"), snippet("java"));
    Files.writeString(directory.resolve("terrace.conf"), snippet("hocon"));
    String classPath = System.getProperty("java.class.path");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-cp", classPath, source.toString());
    assertThat(compiled).isZero();

    assertThat(runHello(classPath)).isEqualTo("null");
    assertThat(runHello(classPath)).isEqualTo("world");
    assertThat(directory.resolve("cache")).isDirectory();
  }

  private String runHello(String classPath) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String path = directory + System.getProperty("path.separator") + classPath;
    Process process =
        new ProcessBuilder(List.of(java, "-cp", path, "Hello"))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.strip();
  }

  @ParameterizedTest
  @MethodSource("links")
  void aLinkLeadsToAFile(String target) {
    assertThat(PROJECT.resolve(target)).exists();
  }

  static Stream<String> links() throws IOException {
    Matcher links = Pattern.compile("]\\((?!https?:)([^)#]+)").matcher(readme());
    return links.results().map(link -> link.group(1));
  }

  /** The first block of a language; the samples of streams, Redis and AWS run elsewhere. */
  private static String snippet(String language) throws IOException {
    Pattern block = Pattern.compile("(?ms)^```" + language + "\\R(.*?)^```$");
    List<String> blocks = block.matcher(readme()).results().map(match -> match.group(1)).toList();
    assertThat(blocks).as(language).hasSize(SAMPLES.get(language));
    return blocks.get(0);
  }

  private static String readme() throws IOException {
    return Files.readString(PROJECT.resolve("README.md"));
  }
}
