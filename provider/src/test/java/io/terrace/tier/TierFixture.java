package io.terrace.tier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An open tier for the parts of {@link TierContract}, and a look at what it left behind. */
public abstract class TierFixture {
  /** More than a tier keeps in one piece, and no multiple of anything. */
  protected static final int LONG_BODY_BYTES = 3_000_001;

  private static final long NOW_MILLIS = 1_700_000_000_000L;

  protected final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.ofEpochMilli(NOW_MILLIS));
  protected final InstantSource clock = now::get;
  protected Tier tier;

  /** Opens an empty tier that admits bodies of at least {@link #LONG_BODY_BYTES}. */
  protected abstract Tier open(InstantSource clock) throws IOException;

  /** Asserts that no file, thread or handle is left; called when the tier is closed. */
  protected abstract void assertNothingLeaked() throws IOException;

  @BeforeEach
  void openTier() throws IOException {
    tier = open(clock);
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
    assertNothingLeaked();
  }

  /** How many entries there are; a tier that does not count them is asked by a scan. */
  protected long entries() throws IOException {
    return tier.usage().entries();
  }

  /** A version far above those that the tier gives, as another authority may assign it. */
  protected long foreignVersion() {
    return 1L << 60;
  }

  protected static long committed(CommitResult result) {
    assertThat(result).isInstanceOf(CommitResult.Committed.class);
    return ((CommitResult.Committed) result).version();
  }

  protected List<String> scanKeys() throws IOException {
    List<String> keys = new ArrayList<>();
    try (HeaderCursor cursor = tier.scan()) {
      for (EntryHeader header = cursor.next(); header != null; header = cursor.next()) {
        keys.add(header.key().digest());
      }
    }
    return keys;
  }

  protected static <T> List<T> runAll(List<Callable<T>> tasks) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> future : executor.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }
}
