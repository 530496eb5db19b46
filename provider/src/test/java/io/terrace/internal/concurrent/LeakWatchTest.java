package io.terrace.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** I10: what a forgotten handle held is given back, and where it was opened is said. */
class LeakWatchTest {
  private static final int MAX_COLLECTIONS = 200;

  /** Where each kind of handle was opened, as the warning said. */
  private final Map<String, String> places = new ConcurrentHashMap<>();

  private final List<String> released = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(LeakWatch.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord warning) {
          StringWriter trace = new StringWriter();
          warning.getThrown().printStackTrace(new PrintWriter(trace));
          places.put(warning.getMessage().split(" ", 2)[0], trace.toString());
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
  void listenNoMore() {
    logger.removeHandler(handler);
  }

  private LeakWatch open(String what) {
    return LeakWatch.over(new Object(), what, () -> released.add(what));
  }

  private LeakWatch openPart(String what) {
    return LeakWatch.overPart(new Object(), what, () -> released.add(what));
  }

  private LeakWatch openOwner() {
    return open("owner");
  }

  private void awaitWarnings(int count) throws InterruptedException {
    for (int i = 0; i < MAX_COLLECTIONS && places.size() < count; i++) {
      System.gc();
      Thread.sleep(10); // the cleaner's thread needs a moment after each collection
    }
    assertThat(places).hasSize(count);
  }

  @Test
  void i10_aPartIsNamedByWhereItsOwnerWasOpened() throws Exception {
    LeakWatch part = openOwner().owning(() -> openPart("part"));
    awaitWarnings(2);
    assertThat(places.get("owner")).contains("openOwner");
    assertThat(places.get("part")).contains("openOwner").doesNotContain("openPart");
    assertThat(released).containsExactlyInAnyOrder("owner", "part");
    part.close();
    assertThat(released).hasSize(2);
  }

  @Test
  void i10_allOthersAreNamedByTheirOwnPlace() throws Exception {
    LeakWatch owner = openOwner();
    LeakWatch other = owner.owning(() -> open("other"));
    LeakWatch part = owner.owning(() -> openPart("outer").owning(() -> openPart("inner")));
    assertThatIllegalStateException().isThrownBy(() -> owner.owning(LeakWatchTest::failToOpen));
    LeakWatch later = openPart("later");
    awaitWarnings(5);
    assertThat(places.get("other")).doesNotContain("openOwner");
    assertThat(places.get("outer")).contains("openOwner");
    assertThat(places.get("inner")).contains("openOwner");
    assertThat(places.get("later")).contains("openPart").doesNotContain("openOwner");
    for (LeakWatch watch : List.of(other, part, later)) {
      watch.close();
    }
    assertThat(released).hasSize(5);
  }

  private static LeakWatch failToOpen() {
    throw new IllegalStateException("cannot be opened");
  }
}
