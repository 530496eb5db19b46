package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.CoherenceSettings.LostContact;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoherenceSettingsTest {
  private static final CoherenceSettings DEFAULTS = CoherenceSettings.DEFAULTS;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration FIVE = Duration.ofSeconds(5);
  private static final Duration TEN = Duration.ofSeconds(10);

  @Test
  void changesOneThingAtATime() {
    assertThat(DEFAULTS).isEqualTo(coherence(SECOND, FIVE, LostContact.BYPASS, TEN));
    assertThat(DEFAULTS.withHeartbeat(FIVE, TEN))
        .isEqualTo(coherence(FIVE, TEN, LostContact.BYPASS, TEN));
    assertThat(DEFAULTS.servingStale())
        .isEqualTo(coherence(SECOND, FIVE, LostContact.SERVE_STALE, TEN));
    assertThat(DEFAULTS.withLoadLease(SECOND))
        .isEqualTo(coherence(SECOND, FIVE, LostContact.BYPASS, SECOND));
    assertThat(DEFAULTS.servingStale().withLoadLease(SECOND).withHeartbeat(FIVE, FIVE))
        .isEqualTo(coherence(FIVE, FIVE, LostContact.SERVE_STALE, SECOND));
    CoherenceSettings verifying = DEFAULTS.withVerifyAfter(TEN);
    assertThat(verifying)
        .isEqualTo(new CoherenceSettings(SECOND, FIVE, LostContact.BYPASS, TEN, TEN));
    assertThat(verifying.servingStale().withLoadLease(SECOND).withHeartbeat(FIVE, FIVE))
        .isEqualTo(new CoherenceSettings(FIVE, FIVE, LostContact.SERVE_STALE, SECOND, TEN));
  }

  private static CoherenceSettings coherence(
      Duration heartbeat, Duration lease, LostContact lostContact, Duration loadLease) {
    return new CoherenceSettings(heartbeat, lease, lostContact, loadLease, SECOND);
  }

  @Test
  void survivesSerialization() throws Exception {
    CoherenceSettings changed =
        DEFAULTS.withHeartbeat(FIVE, TEN).servingStale().withVerifyAfter(FIVE);
    assertThat(Serialized.copy(changed)).isEqualTo(changed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999S", "PT2562047788015215H"})
  void aDurationIsCountedInMilliseconds(Duration duration) {
    assertRefused("coherence.heartbeat", () -> DEFAULTS.withHeartbeat(duration, FIVE));
    assertRefused("coherence.lease", () -> DEFAULTS.withHeartbeat(SECOND, duration));
    assertRefused("coherence.load-lease", () -> DEFAULTS.withLoadLease(duration));
    assertRefused("coherence.verify-after", () -> DEFAULTS.withVerifyAfter(duration));
  }

  @Test
  void aLeaseIsAtLeastTheHeartbeat() {
    assertThatThrownBy(() -> DEFAULTS.withHeartbeat(TEN, FIVE))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage(
            "coherence.lease must be at least coherence.heartbeat, which is PT10S, not PT5S");
  }

  private static void assertRefused(
      String setting, org.assertj.core.api.ThrowableAssert.ThrowingCallable making) {
    assertThatThrownBy(making)
        .isInstanceOfSatisfying(
            InvalidSettingException.class, e -> assertThat(e.setting()).isEqualTo(setting))
        .hasMessageStartingWith(setting + " must be ");
  }
}
