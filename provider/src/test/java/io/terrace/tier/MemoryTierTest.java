package io.terrace.tier;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;

class MemoryTierTest extends TierContract {
  private MemoryTier memory;

  @Override
  protected Tier open(InstantSource clock) {
    memory = new MemoryTier("memory", clock, 8L << 20);
    return memory;
  }

  @Override
  protected void assertNothingLeaked() {
    assertThat(memory.openHandles()).isZero();
  }
}
