package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSettingsTest {
  private static final StreamSettings DEFAULTS = StreamSettings.DEFAULTS;

  @Test
  void changesOneThingAtATime() {
    Duration second = Duration.ofSeconds(1);
    assertThat(DEFAULTS).isEqualTo(new StreamSettings(256 << 10, false, false, second));
    assertThat(DEFAULTS.withChunkBytes(1 << 20))
        .isEqualTo(new StreamSettings(1 << 20, false, false, second));
    assertThat(DEFAULTS.joiningWrites())
        .isEqualTo(new StreamSettings(256 << 10, true, false, second));
    assertThat(DEFAULTS.fillingOnRange())
        .isEqualTo(new StreamSettings(256 << 10, false, true, second));
    assertThat(DEFAULTS.withLaneTimeout(Duration.ofMillis(1)))
        .isEqualTo(new StreamSettings(256 << 10, false, false, Duration.ofMillis(1)));
    assertThat(
            DEFAULTS
                .fillingOnRange()
                .joiningWrites()
                .withLaneTimeout(Duration.ofMillis(2))
                .withChunkBytes(64 << 10))
        .isEqualTo(new StreamSettings(64 << 10, true, true, Duration.ofMillis(2)));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, (64 << 10) - 1, (1 << 20) + 1, (1L << 32) + (64 << 10)})
  void aChunkIsFrom64KibToOneMib(long bytes) {
    assertThatThrownBy(() -> DEFAULTS.withChunkBytes(bytes))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("stream.chunk-size must be from 64 KiB to 1 MiB, not " + bytes + " bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999S"})
  void aLaneWaitsAtLeastAMillisecond(Duration timeout) {
    assertThatThrownBy(() -> DEFAULTS.withLaneTimeout(timeout))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageStartingWith("stream.lane-timeout must be at least 1 ms");
  }
}
