package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.DiskSettings.Fsync;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.Condition;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I10: every file, thread and handle is given back, forgotten ones by the garbage collector. */
class I10LeakTest {
  private static final int MAX_COLLECTIONS = 200;

  @TempDir Path directory;

  private final List<LogRecord> warnings = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(LeakWatch.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logRecord) {
          warnings.add(logRecord);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private DiskSetup setup() {
    return DiskSetup.in(directory).maxBytes(4 << 20);
  }

  @AfterEach
  void nothingIsLeft() {
    logger.removeHandler(handler);
    Leftovers.assertNone(directory);
  }

  @Test
  void i10_closingLeavesNothing() throws IOException {
    for (Fsync fsync : Fsync.values()) {
      try (DiskTier tier = setup().fsync(fsync).open()) {
        for (int i = 0; i < 200; i++) {
          put(tier, key(i % 30), bytes(i, 50_000));
        }
        assertThat(Leftovers.threads()).isNotEmpty();
        assertThat(Leftovers.openFilesBelow(directory)).isNotEmpty();
      }
      Leftovers.assertNone(directory);
    }
  }

  @Test
  void i10_anIdleTierHasNoThreads() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes("x"));
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
      assertThat(Leftovers.threads()).isEmpty();
    }
  }

  @Test
  void i10_closingClosesWhatForgottenReadersHold() throws IOException {
    ReadHandle forgotten;
    try (DiskTier tier = setup().open()) {
      put(tier, key("long"), bytes(1, 900_000));
      forgotten = hit(tier, key("long")).body();
      tier.clear();
      for (int i = 0; i < 60; i++) {
        put(tier, key("churn"), bytes(i, 100_000));
      }
      assertThat(Leftovers.openFilesBelow(directory)).anyMatch(file -> file.contains("deleted"));
    }
    Leftovers.assertNone(directory);
    forgotten.close();
  }

  @Test
  void i10_aForgottenReaderIsClosedAndNamed() throws Exception {
    logger.addHandler(handler);
    try (DiskTier tier = setup().open()) {
      put(tier, key("long"), bytes(1, 900_000));
      forgetReader(tier);
      tier.clear();
      for (int i = 0; i < 60; i++) {
        put(tier, key("churn"), bytes(i, 100_000));
      }
      collectUntil(
          () ->
              !warnings.isEmpty()
                  && Leftovers.openFilesBelow(directory).stream()
                      .noneMatch(file -> file.contains("deleted")));
      requireWarning("a read handle", "forgetReader");
    }
  }

  private static void forgetReader(DiskTier tier) throws IOException {
    assertThat(hit(tier, key("long")).body().read(ByteBuffer.allocate(5))).isEqualTo(5);
  }

  @Test
  void i10_aForgottenWriterIsAbortedAndNamed() throws Exception {
    logger.addHandler(handler);
    try (DiskTier tier = setup().open()) {
      for (int i = 0; i < 4; i++) {
        forgetWriter(tier);
        collectUntil(() -> !warnings.isEmpty());
        requireWarning("a write handle", "forgetWriter");
        warnings.clear();
      }
      put(tier, key("k"), bytes(2, 1_500_000));
      assertThat(tier.usage().entries()).isEqualTo(1);
    }
  }

  private static void forgetWriter(DiskTier tier) throws IOException {
    WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS);
    write.write(ByteBuffer.allocate(1_500_000)); // two of these would be too much
  }

  private void requireWarning(String what, String where) {
    assertThat(warnings).hasSize(1);
    StringWriter trace = new StringWriter();
    warnings.get(0).getThrown().printStackTrace(new PrintWriter(trace));
    assertThat(warnings.get(0).getMessage()).contains(what);
    assertThat(trace.toString()).contains(where);
  }

  private static void collectUntil(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < MAX_COLLECTIONS && !condition.getAsBoolean(); i++) {
      System.gc();
      Thread.sleep(10); // the cleaner's thread needs a moment after each collection
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
