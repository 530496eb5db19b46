package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.NoticeBoardContract;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** The reference of the tests keeps to what a notice board promises. */
class UntoldTierTest extends NoticeBoardContract {
  private final SharedMemory server = new SharedMemory(InstantSource.system(), 2);

  @Override
  protected Tier open() {
    return new UntoldTier(server.node());
  }

  @Test
  void whoReachesNobodyReachesNoNotice() throws IOException {
    server.down(true);
    assertThatIOException().isThrownBy(() -> one.post(1));
    assertThatIOException().isThrownBy(() -> one.withdraw(1));
    assertThatIOException().isThrownBy(() -> one.withdraw(1, 1));
    assertThatIOException().isThrownBy(() -> one.notices());
    server.down(false);
    assertThat(one.notices()).isEmpty();
  }

  @Test
  void noticesAreAsDurableAsTheEntries() throws IOException {
    one.post(1);
    SharedMemory.Snapshot known = server.snapshot();
    two.post(2);
    server.failOver(known);
    assertThat(one.notices()).containsOnlyKeys(1L);
    server.loseEverything();
    assertThat(one.notices()).isEmpty();
  }
}
