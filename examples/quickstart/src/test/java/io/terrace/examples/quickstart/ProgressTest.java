package io.terrace.examples.quickstart;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream drawn = new ByteArrayOutputStream();
  private final PrintStream terminal = new PrintStream(drawn, true, US_ASCII);
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void aShortRunDrawsNothing() {
    try (Progress progress = new Progress("Caching", 3, terminal, nanos::get)) {
      for (int i = 0; i < 3; i++) {
        nanos.addAndGet(100_000_000);
        progress.step();
      }
    }
    assertThat(drawn.size()).isZero();
  }

  @Test
  void aLongRunDrawsABarAndLeavesAnEmptyLine() {
    try (Progress progress = new Progress("Caching", 2, terminal, nanos::get)) {
      nanos.addAndGet(600_000_000);
      progress.step();
      progress.step();
    }
    String bar = drawn.toString(US_ASCII);
    assertThat(bar).contains("Caching").contains("2/2").doesNotContain("\n");
    assertThat(bar).endsWith("\r" + " ".repeat(79) + "\r");
  }

  @Test
  void nothingIsDrawnWhereThereIsNoTerminal() {
    try (Progress progress = new Progress("Caching", 2, null, nanos::get)) {
      nanos.addAndGet(600_000_000);
      progress.step();
    }
    assertThat(drawn.size()).isZero();
  }
}
