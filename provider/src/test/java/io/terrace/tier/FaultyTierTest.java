package io.terrace.tier;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class FaultyTierTest {
  private final MemoryTier memory = new MemoryTier();
  private final FaultyTier tier = new FaultyTier(memory);

  @Test
  void failsTheNthCallOnce() throws IOException {
    tier.failCall(3); // openWrite, write, commit
    assertThatIOException().isThrownBy(() -> put(tier, key("k"), bytes("x")));
    assertThat(get(tier, key("k"))).isNull();
    put(tier, key("k"), bytes("x"));
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    assertThat(tier.failures()).isEqualTo(1);
    assertThat(memory.openHandles()).isZero();
  }

  @Test
  void losesTheAnswerOfACallThatWasDone() throws IOException {
    tier.failNext(Operation.COMMIT).withEffect(Effect.DONE);
    assertThatIOException().isThrownBy(() -> put(tier, key("k"), bytes("x")));
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
  }

  @Test
  void staysBrokenUntilItIsHealed() throws IOException {
    put(tier, key("k"), bytes("x"));
    tier.failAlways(Operation.LOOKUP);
    assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    tier.heal();
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
  }
}
