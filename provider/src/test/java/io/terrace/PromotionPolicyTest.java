package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromotionPolicyTest {

  @Test
  void namesOnlyExceptions() {
    PromotionPolicy policy =
        PromotionPolicy.ALWAYS
            .with("disk", "heap", Promotion.NEVER)
            .with("aws", "disk", Promotion.after(2));
    assertThat(policy.of("disk", "heap")).isEqualTo(Promotion.NEVER);
    assertThat(policy.of("aws", "disk")).isEqualTo(new Promotion.After(2));
    assertThat(policy.of("aws", "heap")).isEqualTo(Promotion.ON_COMPLETE);
    assertThat(policy.with("disk", "heap", Promotion.ON_COMPLETE).of("disk", "heap"))
        .isEqualTo(Promotion.ON_COMPLETE);
    assertThat(PromotionPolicy.ALWAYS.of("disk", "heap")).isEqualTo(Promotion.ON_COMPLETE);
  }

  @Test
  void doesNotChangeWithWhatItWasMadeFrom() {
    Map<PromotionPolicy.Pair, Promotion> rules = new HashMap<>();
    PromotionPolicy policy = new PromotionPolicy(rules);
    rules.put(new PromotionPolicy.Pair("disk", "heap"), Promotion.NEVER);
    assertThat(policy).isEqualTo(PromotionPolicy.ALWAYS);
  }

  @Test
  void refusesNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> PromotionPolicy.ALWAYS.with(null, "heap", Promotion.NEVER));
    assertThatNullPointerException()
        .isThrownBy(() -> PromotionPolicy.ALWAYS.with("disk", null, Promotion.NEVER));
    assertThatNullPointerException()
        .isThrownBy(() -> PromotionPolicy.ALWAYS.with("disk", "heap", null));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void countsFromOne(int hits) {
    assertThatThrownBy(() -> Promotion.after(hits))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("promote must be at least 1, not " + hits);
  }
}
