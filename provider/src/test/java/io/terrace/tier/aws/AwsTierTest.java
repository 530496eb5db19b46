package io.terrace.tier.aws;

import io.terrace.tier.Tier;
import io.terrace.tier.TierContract;
import java.io.IOException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

class AwsTierTest extends TierContract {
  private @Nullable AwsSetup setup;

  @Override
  protected Tier open(InstantSource clock) throws IOException {
    if (setup == null) {
      setup = AwsSetup.here().clock(clock);
    }
    return setup.open();
  }

  @Override
  protected long entries() throws IOException {
    return scanKeys().size();
  }

  /** Of the year 2112. */
  @Override
  protected long foreignVersion() {
    return 1L << 52;
  }

  @Override
  protected void assertNothingLeaked() throws IOException {
    Leftovers.assertNone(setup);
  }
}
