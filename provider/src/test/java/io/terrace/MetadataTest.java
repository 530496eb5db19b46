package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be said of a value: whatever every tier gives back as it was. */
class MetadataTest {

  @Test
  @SuppressWarnings("NullAway") // is what is tested
  void nothingInItIsNull() {
    assertThatThrownBy(() -> new Metadata(null, new HashSet<>(Arrays.asList("a", null)), Map.of()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("tag");
    assertThatThrownBy(() -> new Metadata(null, Set.of(), Collections.singletonMap(null, "v")))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("name of an attribute");
    assertThatThrownBy(() -> new Metadata(null, Set.of(), Collections.singletonMap("n", null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("value of an attribute");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "a\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00"})
  void halfOfAPairIsRefused(String text) {
    assertThatThrownBy(() -> new Metadata(text, Set.of(), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("content type");
    assertThatThrownBy(() -> new Metadata(null, Set.of(text), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tag");
    assertThatThrownBy(() -> new Metadata(null, Set.of(), Map.of(text, "v")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Metadata(null, Set.of(), Map.of("n", text)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wholePairsAreFine() {
    String text = "\uD83D\uDE00 \u00fc\uD83D\uDE01";
    assertThat(new Metadata(text, Set.of(text), Map.of(text, text)).tags()).containsExactly(text);
  }
}
