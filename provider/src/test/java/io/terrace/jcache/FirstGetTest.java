package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Getting the first value out of a new process loads what that takes, and nothing beside it. */
class FirstGetTest {

  @Test
  void nothingIsLoadedThatAPlainCacheDoesNotNeed() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                FirstGet.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    String ours = output.substring(output.indexOf(" " + FirstGet.class.getName() + " "));
    assertThat(ours)
        .contains("\nvalue\n")
        .contains(" io.terrace.jcache.TerraceCache ")
        .doesNotContain(" javax.management.")
        .doesNotContain(" java.util.logging.")
        .doesNotContain(" jdk.internal.logger.")
        .doesNotContainPattern("[.]terrace[.]\\S*[$][$]Lambda") // the JDK itself may use some
        .doesNotContain(" java.util.regex.Pattern")
        .doesNotContain(" java.util.concurrent.ThreadPoolExecutor ")
        .doesNotContain(" com.typesafe.config.")
        .doesNotContain(" io.terrace.tier.disk.")
        .doesNotContain(" io.terrace.jcache.event.KeyOrder ")
        .doesNotContain(" io.terrace.jcache.management.Cell$Counters ");
  }
}
