package io.terrace.tier;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A tier as two processes see it, each of which has opened it for itself. */
public abstract class SharedTierFixture {
  /** Of leases and announcements that no test outlives. */
  protected static final Duration LIFE = Duration.ofMinutes(1);

  protected static final int PATIENCE_SECONDS = 20;

  protected CoherentTier one;
  protected CoherentTier two;
  private final List<Closeable> opened = new ArrayList<>();

  /** Opens the tier as another process would. */
  protected abstract CoherentTier open() throws IOException;

  /** Opens it so that its log forgets early. */
  protected abstract CoherentTier openWithShortLog() throws IOException;

  /** Starts the server anew, without what it held. */
  protected abstract void loseEverything() throws IOException;

  @BeforeEach
  void openTiers() throws IOException {
    one = track(open());
    two = track(open());
  }

  @AfterEach
  void closeTiers() throws IOException {
    for (Closeable each : opened) {
      each.close();
    }
  }

  protected final <T extends Closeable> T track(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /** What a process hears from now on. */
  protected final class Heard implements ChangeFeed.Listener {
    private final BlockingQueue<Changes> messages = new LinkedBlockingQueue<>();

    public Heard(CoherentTier tier) throws IOException, InterruptedException {
      track(tier.changes().subscribe(this));
      EntryKey probe = key("probe");
      put(two, probe, bytes("x"));
      while (messages.poll(50, TimeUnit.MILLISECONDS) == null) {
        put(two, probe, bytes("x"));
      }
      long last = put(two, probe, bytes("last"));
      while (next().sequence() != last) {
        // what was told before the subscription was known to work
      }
    }

    public Changes next() throws InterruptedException {
      Changes changes = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(changes).as("told within %d s", PATIENCE_SECONDS).isNotNull();
      return changes;
    }

    @Override
    public void changed(Changes changes) {
      messages.add(changes);
    }

    @Override
    public void interrupted() {}
  }

  protected static CommitResult fill(CoherentTier tier, EntryKey key, long lease)
      throws IOException {
    return put(tier, key, bytes("filled"), Condition.leased(lease));
  }

  protected static long granted(CoherentTier tier, EntryKey key) {
    LeaseAnswer answer = tier.lookupOrLease(key, LIFE);
    assertThat(answer).isInstanceOf(LeaseAnswer.Granted.class);
    return ((LeaseAnswer.Granted) answer).lease();
  }

  protected static long sequence(CoherentTier tier, EntryKey key) throws IOException {
    return tier.changes().sequences()[tier.partitionOf(key)];
  }
}
