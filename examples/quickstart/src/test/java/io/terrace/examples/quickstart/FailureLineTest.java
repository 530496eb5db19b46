package io.terrace.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.TierUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailureLineTest {
  private static final Path DIRECTORY = Path.of("caches");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "No space left on device",
        "There is not enough space on the disk",
        "Disk quota exceeded"
      })
  void aFullDiskIsToldAsSuchHoweverDeepItIs(String message) {
    IOException cause = new IOException(message);
    assertThat(line(new TierUnavailableException("disk", "write an entry", cause)))
        .isEqualTo(
            "the disk is full: free some space for caches,"
                + " or choose another place with --cache-dir");
    assertThat(line(new CacheException("wrapped", new CacheException(cause))))
        .startsWith("the disk is full");
  }

  @Test
  void aMessageOfManyLinesBecomesOne() {
    assertThat(line(new CacheException("first:\n  second\n  third\n")))
        .isEqualTo("first: second; third");
  }

  @Test
  void aBarePathGetsTheProblemBesideIt() {
    assertThat(line(new AccessDeniedException("/root"))).isEqualTo("/root: AccessDenied");
    assertThat(line(new UncheckedIOException(new AccessDeniedException("/root"))))
        .isEqualTo("/root: AccessDenied");
  }

  @Test
  void aBugIsNotMadeALine() {
    assertThat(FailureLine.of(new IllegalStateException("broken"), DIRECTORY)).isNull();
  }

  private static String line(Exception failure) {
    String line = FailureLine.of(failure, DIRECTORY);
    assertThat(line).isNotNull();
    return String.valueOf(line);
  }
}
