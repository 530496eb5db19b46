package io.terrace.tier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

/** The reference of the race tests keeps to what real shared tiers promise. */
class SharedMemoryTest extends SharedTierContract {
  private static final int SHORT_LOG = 10;

  private final SharedMemory server = new SharedMemory(InstantSource.system(), 16);
  private final SharedMemory forgetful = new SharedMemory(InstantSource.system(), 16);

  @Override
  protected CoherentTier open() {
    return server.node();
  }

  @Override
  protected CoherentTier openWithShortLog() {
    forgetful.trimLogs(SHORT_LOG);
    return forgetful.node();
  }

  @Override
  protected void loseEverything() throws IOException {
    server.loseEverything();
  }

  @AfterEach
  void noHandleIsLeft() {
    assertThat(server.store().openHandles()).isZero();
    assertThat(forgetful.store().openHandles()).isZero();
  }
}
