package io.terrace.tier.disk;

import io.terrace.tier.Tier;
import io.terrace.tier.TierContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

class DiskTierTest extends TierContract {
  @TempDir Path directory;

  @Override
  protected Tier open(InstantSource clock) throws IOException {
    return DiskSetup.in(directory).clock(clock).open();
  }

  @Override
  protected void assertNothingLeaked() {
    Leftovers.assertNone(directory);
  }
}
