package io.terrace.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "67108864, 64 MiB",
    "10737418240, 10 GiB",
    "9223372036854775807, 8388608 TiB"
  })
  void bytesHaveBinaryUnits(long bytes, String text) {
    assertThat(Quantity.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"340, 0.3 .s", "12_345, 12.3 .s", "1_500_000, 1.5 ms", "2_340_000_000, 2340.0 ms"})
  void durationsHaveTheUnitThatFits(String nanos, String pattern) {
    assertThat(Quantity.nanos(Long.parseLong(nanos.replace("_", "")))).matches(pattern);
  }

  @Test
  void aRunTakesSeconds() {
    assertThat(Quantity.seconds(12_345_678_901L)).isEqualTo("12.35 s");
  }

  @Test
  void countsAgreeWithTheirNoun() {
    assertThat(Quantity.count(1, "file")).isEqualTo("1 file");
    assertThat(Quantity.count(0, "file")).isEqualTo("0 files");
    assertThat(Quantity.count(1_234, "read")).isEqualTo("1,234 reads");
  }

  @Test
  void aShareOfNothingIsADash() {
    assertThat(Quantity.share(0, 0)).isEqualTo("-");
    assertThat(Quantity.share(1, 3)).isEqualTo("33.3 %");
  }
}
