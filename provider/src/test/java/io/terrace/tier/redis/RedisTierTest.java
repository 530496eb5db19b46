package io.terrace.tier.redis;

import io.terrace.tier.Tier;
import io.terrace.tier.TierContract;
import java.io.IOException;
import java.time.InstantSource;

class RedisTierTest extends TierContract {
  private RedisSetup setup;

  @Override
  protected Tier open(InstantSource clock) {
    setup = RedisSetup.here().clock(clock);
    return setup.open();
  }

  @Override
  protected long entries() throws IOException {
    return scanKeys().size();
  }

  @Override
  protected long foreignVersion() {
    return RedisTier.MAX_VERSION;
  }

  @Override
  protected void assertNothingLeaked() {
    Leftovers.assertNone(setup);
  }
}
