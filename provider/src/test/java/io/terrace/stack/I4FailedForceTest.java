package io.terrace.stack;

import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.DiskSettings.Fsync;
import io.terrace.TierUnavailableException;
import io.terrace.tier.Resident;
import io.terrace.tier.disk.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * I4 where the disk has taken a change and then cannot force it to the device: the caller is told,
 * and heap and disk go on with one and the same answer, which is never the older one again.
 */
class I4FailedForceTest {
  @TempDir Path directory;

  private final StackFixture fixture = new StackFixture();
  private FaultyDisk disk; // of the test at work
  private Stack<String, String> stack;

  @BeforeEach
  void open() throws IOException {
    disk = new FaultyDisk(directory, fixture.clock, Fsync.ALWAYS);
    stack = fixture.tiered(fixture.heap, null, disk.open());
    put(stack, "k", "old");
  }

  @AfterEach
  void close() {
    stack.close();
  }

  private void assertTold(ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOf(TierUnavailableException.class)
        .hasMessageContaining("tier 'disk'")
        .hasMessageContaining("force");
  }

  private void assertServed(String value) {
    assertThat(get(stack, "k")).isEqualTo(value);
    fixture.heap.clear();
    assertThat(get(stack, "k")).isEqualTo(value);
    assertThat(get(stack, "k")).isEqualTo(value);
  }

  @Test
  void i4_aWriteIsServedFromThenOn() throws IOException {
    disk.failNextForce();
    assertTold(() -> put(stack, "k", "new"));
    assertServed("new");
    stack.close();
    stack = fixture.tiered(fixture.heap, null, disk.open());
    assertThat(get(stack, "k")).isIn("old", "new");
  }

  @Test
  void i4_aConditionalWriteIsServedFromThenOn() {
    Resident<String> old = stack.get("k");
    disk.failNextForce();
    assertTold(() -> stack.compareAndSet("k", old, "new", StackFixture.START_MILLIS + 10));
    assertServed("new");
  }

  @Test
  void i4_aRemovedKeyStaysAway() {
    disk.failNextForce();
    assertTold(() -> stack.remove("k"));
    assertServed(null);
  }

  @Test
  void i4_aClearedKeyStaysAway() {
    disk.failNextForce();
    assertTold(stack::clear);
    assertServed(null);
  }

  @Test
  void i5_heapAndDiskHaveOneDeadline() {
    Resident<String> resident = stack.get("k");
    assertThat(resident).isNotNull();
    disk.failNextForce();
    assertTold(() -> stack.touch("k", resident, StackFixture.START_MILLIS + 10));
    Resident<String> next = stack.get("k");
    assertThat(next).isNotNull();
    assertThat(next.expiresAtMillis()).isEqualTo(StackFixture.START_MILLIS + 10);
  }

  @Test
  void i4_laterChangesAreRefusedAndChangeNothing() {
    disk.failNextForce();
    assertTold(() -> put(stack, "another", "value"));
    assertTold(() -> put(stack, "k", "newer"));
    assertServed("old");
    assertTold(() -> stack.remove("k"));
    assertServed("old");
    assertTold(stack::clear);
    assertServed("old");
  }
}
