package io.terrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "'', abc, 3",
    "abc, '', 3",
    "abc, abc, 0",
    "kitten, sitting, 3",
    "disk, dsik, 2",
    "fsync, fsink, 2",
    "ab, ba, 2"
  })
  void countsInsertionsRemovalsAndReplacements(String a, String b, int distance) {
    assertThat(NearestName.distance(a, b)).isEqualTo(distance);
  }

  @Test
  void isTheNearestOfThoseNearEnough() {
    List<String> names = List.of("max-entries", "max-bytes", "max-entry-size", "ttl");
    assertThat(NearestName.of("max-byte", names)).isEqualTo("max-bytes");
    assertThat(NearestName.of("max_entry_size", names)).isEqualTo("max-entry-size");
    assertThat(NearestName.of("TTL", names)).isEqualTo("ttl");
    assertThat(NearestName.of("directory", names)).isNull();
    assertThat(NearestName.of("xyz", names)).isNull();
  }
}
