package io.terrace.tier.heap;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.Condition;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** I10: what forgotten handles hold comes back with the garbage collector, and only then. */
class HeapBytesLeakTest {
  private static final int MAX_COLLECTIONS = 200;

  private final HeapBytesTier tier = HeapBytes.open(4 << 20, 1 << 20);
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

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
  }

  @AfterEach
  void nothingIsLeft() {
    logger.removeHandler(handler);
    tier.close();
    assertThat(tier.pool().heldBytes()).isZero();
  }

  @Test
  void i10_aForgottenReaderGivesItsBodyBackAndIsNamed() throws Exception {
    put(tier, key("k"), bytes(1, 900_000));
    forgetReader();
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(tier.usage().bytes()).isGreaterThan(900_000);
    collectUntil(() -> tier.usage().bytes() == 0 && !warnings.isEmpty());
    requireWarning("a read handle of the heap tier", "forgetReader");
  }

  private void forgetReader() throws IOException {
    assertThat(hit(tier, key("k")).body().read(ByteBuffer.allocate(5))).isEqualTo(5);
  }

  @Test
  void i10_aForgottenWriterIsAbortedAndNamedAndItsFollowersFail() throws Exception {
    try (ReadHandle follower = forgetWriter()) {
      collectUntil(() -> !warnings.isEmpty());
      requireWarning("a write handle of the heap tier", "forgetWriter");
      assertThatThrownBy(() -> follower.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("aborted");
    }
    assertThat(tier.usage().bytes()).isZero();
  }

  private ReadHandle forgetWriter() throws IOException {
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    write.write(ByteBuffer.allocate(500_000));
    return write.follow();
  }

  @Test
  void i10_handlesThatAreClosedAreNotNamed() throws Exception {
    put(tier, key("k"), bytes(1, 900_000));
    ReadHandle read = hit(tier, key("k")).body();
    read.close();
    read.close();
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    write.abort();
    write.close();
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(tier.usage().bytes()).isZero();
    forgetWriter().close();
    collectUntil(() -> !warnings.isEmpty());
    requireWarning("a write handle", "forgetWriter");
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
