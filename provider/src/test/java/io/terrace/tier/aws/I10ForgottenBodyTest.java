package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
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

/** I10: a forgotten upload is aborted, a forgotten reader gives its connection back. */
class I10ForgottenBodyTest {
  private static final int MAX_COLLECTIONS = 200;

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
  private final BucketSetup setup = BucketSetup.here().connections(1);
  private final Bodies bodies = setup.open();

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void nothingIsLeft() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private void collectUntil(BooleanSupplier done) {
    for (int i = 0; i < MAX_COLLECTIONS && !done.getAsBoolean(); i++) {
      System.gc();
      Thread.yield();
    }
    assertThat(done.getAsBoolean()).isTrue();
  }

  private void assertWarned(String what) {
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0).getMessage()).contains(what).contains("was never closed");
    StringWriter trace = new StringWriter();
    warnings.get(0).getThrown().printStackTrace(new PrintWriter(trace));
    assertThat(trace.toString()).contains(getClass().getName());
  }

  @Test
  void i10_aForgottenUploadIsAborted() throws IOException {
    forgetUpload();
    collectUntil(() -> !warnings.isEmpty() && setup.uploads().isEmpty());
    assertWarned("an upload of the aws tier");
  }

  private void forgetUpload() throws IOException {
    BodyUpload upload = bodies.open(bodies.newName(key("k")), EntryHeader.UNKNOWN_LENGTH);
    upload.write(ByteBuffer.allocate(BucketSetup.PART_BYTES + 1));
    assertThat(setup.uploads()).hasSize(1);
  }

  @Test
  void i10_aForgottenReaderGivesItsConnectionBack() throws IOException {
    byte[] body = bytes(1, 20 << 20);
    String name = BucketSetup.store(bodies, bodies.newName(key("k")), body);
    forgetReader(name, body);
    collectUntil(() -> !warnings.isEmpty());
    assertWarned("a read handle of the aws tier");
    bodies.deleteNow(name); // needs the one connection there is
  }

  private void forgetReader(String name, byte[] body) throws IOException {
    ReadHandle read = bodies.read(name, body.length, 0, reason -> {});
    assertThat(read.read(ByteBuffer.allocate(1))).isEqualTo(1);
  }

  @Test
  void i10_aClosedHandleIsNotWarnedOf() throws IOException {
    byte[] body = bytes(1, BucketSetup.PART_BYTES + 1);
    String name = BucketSetup.store(bodies, bodies.newName(key("k")), body);
    try (ReadHandle read = bodies.read(name, body.length, 0, reason -> {})) {
      assertThat(read.read(ByteBuffer.allocate(1))).isEqualTo(1);
    }
    forgetUpload();
    collectUntil(() -> !warnings.isEmpty());
    assertWarned("an upload of the aws tier");
    bodies.deleteNow(name);
  }
}
