package io.terrace.tier.disk;

import io.terrace.DiskSettings.Fsync;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** A disk tier for tests of whole stacks, whose device fails when it is told to. */
public final class FaultyDisk {
  private final FaultyFiles files = new FaultyFiles();
  private final DiskSetup setup;

  public FaultyDisk(Path directory, InstantSource clock, Fsync fsync) {
    setup = DiskSetup.in(directory).clock(clock).fsync(fsync).maxBytes(1 << 20).files(files);
  }

  public Tier open() throws IOException {
    return setup.open();
  }

  /** Fails the next force; the tier then trusts its device no more until it is opened anew. */
  public void failNextForce() {
    files.failCall(FaultyFiles.Kind.FORCES, 1);
  }
}
