package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.TierUnavailableException;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many keys at once, while others read and change some of them. */
final class BulkRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Map<String, String> getAll(Node node, String... keys) {
    Map<String, String> values = new TreeMap<>();
    Map<String, Resident<String>> found = node.stack.bulk().getAll(List.of(keys));
    found.forEach((key, resident) -> values.put(key, resident.value()));
    return values;
  }

  /** What became of each key. */
  private static final class Told implements BulkOperations.Outcome<String> {
    final List<String> done = new ArrayList<>();
    final Map<String, RuntimeException> failed = new TreeMap<>();

    @Override
    public boolean countsRemovals() {
      return true;
    }

    @Override
    public void done(String key) {
      done.add(key);
    }

    @Override
    public void failed(String key, RuntimeException cause) {
      failed.put(key, cause);
    }
  }

  private static Told putAll(Node node, String value, String... keys) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : keys) {
      values.put(key, value);
    }
    Told told = new Told();
    node.stack.bulk().putAll(values, EntryHeader.NEVER, told);
    return told;
  }

  private static Told removeAll(Node node, String... keys) {
    Told told = new Told();
    node.stack.bulk().removeAll(List.of(keys), told);
    return told;
  }

  private static List<String> keysAsked(Node node, String step) {
    List<String> asked = new ArrayList<>();
    node.authority.at(
        (at, key) -> {
          if (at.equals(step)) {
            asked.add(key == null ? "" : String.valueOf(key));
          }
        });
    return asked;
  }

  /** Runs once, as the node comes to this step of this key. */
  private void once(Node node, String step, String key, Runnable task) {
    AtomicBoolean done = new AtomicBoolean();
    node.authority.at(
        (at, entryKey) -> {
          if (at.equals(step)
              && fixture.key(key).equals(entryKey)
              && done.compareAndSet(false, true)) {
            task.run();
          }
        });
  }

  @Test
  void readsWhatTheLocalTiersDoNotHave() throws Exception {
    putAll(a, "v", "heap", "disk", "far");
    b.warm("heap");
    b.warm("disk");
    b.heap.remove("disk");
    List<String> asked = keysAsked(b, "lookup");
    assertThat(getAll(b, "heap", "disk", "far", "none"))
        .isEqualTo(Map.of("heap", "v", "disk", "v", "far", "v"));
    assertThat(asked).hasSize(2);
    assertThat(b.inHeap("disk")).isEqualTo("v");
    assertThat(b.inHeap("far")).isEqualTo("v");
    assertThat(b.onDisk("far")).isEqualTo("v");
    assertThat(getAll(b, "heap", "disk", "far")).hasSize(3);
    assertThat(asked).hasSize(2);
  }

  /** If it were wrong, what was read before a change would be copied up after it. */
  @Test
  void i3_aChangeOfOneKeyKeepsItsOldValueDown() throws Exception {
    putAll(a, "old", "k", "other");
    b.follow();
    once(
        b,
        "looked",
        "k",
        () -> {
          a.put("k", "new");
          b.follow();
        });
    assertThat(getAll(b, "k", "other")).isEqualTo(Map.of("k", "old", "other", "old"));
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
    assertThat(b.inHeap("other")).isEqualTo("old");
    assertThat(b.get("k")).isEqualTo("new");
  }

  /** As above for changes of this process, which do not come by message. */
  @Test
  void i3_aWriteOfManyKeepsOldValuesDown() throws Exception {
    putAll(a, "old", "k", "other");
    once(b, "looked", "k", () -> putAll(b, "new", "k", "l"));
    assertThat(getAll(b, "k", "other")).isEqualTo(Map.of("k", "old", "other", "old"));
    assertThat(b.get("k")).isEqualTo("new");
    once(b, "looked", "other", () -> removeAll(b, "other", "l"));
    b.heap.remove("other");
    b.disk.memory.clear();
    assertThat(getAll(b, "other")).isEqualTo(Map.of("other", "old"));
    assertThat(b.get("other")).isNull();
  }

  /** If it were wrong, a key would be asked for twice, or a batch would hold up unrelated keys. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void followsTheFlightsOfOthersAfterItsOwnLanded() throws Exception {
    putAll(a, "v", "k", "mine");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> asked = new ArrayList<>();
    b.authority.at(
        (at, entryKey) -> {
          if (at.equals("lookup")) {
            synchronized (asked) {
              asked.add(at);
            }
            if (fixture.key("k").equals(entryKey)) {
              begun.countDown();
              NodeFixture.pause(goOn);
            }
          }
        });
    CompletableFuture<@Nullable String> other = b.reading("k");
    NodeFixture.pause(begun);
    CompletableFuture<Map<String, String>> many = inThread(() -> getAll(b, "mine", "k"));
    while (b.inHeap("mine") == null) {
      Thread.onSpinWait();
    }
    assertThat(await(b.reading("mine"))).isEqualTo("v");
    assertThat(many).isNotDone();
    goOn.countDown();
    assertThat(await(other)).isEqualTo("v");
    assertThat(await(many)).isEqualTo(Map.of("k", "v", "mine", "v"));
    assertThat(asked).hasSize(2);
  }

  /** If it were wrong, a key that is being written would be copied up in the middle. */
  @Test
  void i4_aKeyThatIsBeingWrittenIsOnlyLookedAt() throws Exception {
    putAll(a, "old", "k", "other");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    once(
        b,
        "write",
        "k",
        () -> {
          begun.countDown();
          NodeFixture.pause(goOn);
        });
    CompletableFuture<Told> write = inThread(() -> putAll(b, "new", "k", "l"));
    NodeFixture.pause(begun);
    assertThat(getAll(b, "k", "other")).isEqualTo(Map.of("k", "old", "other", "old"));
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.inHeap("other")).isEqualTo("old");
    goOn.countDown();
    assertThat(await(write).done).containsExactly("k", "l");
    assertThat(b.inHeap("k")).isEqualTo("new");
  }

  /** If it were wrong, one key would fail those who wait for another. */
  @Test
  void aKeyThatFailsStopsNoOther() {
    putAll(a, "v", "bad", "good");
    b.authority.at(
        (at, entryKey) -> {
          if (at.equals("lookup") && fixture.key("bad").equals(entryKey)) {
            throw new IOException("no");
          }
        });
    assertThatThrownBy(() -> getAll(b, "bad", "good")).isInstanceOf(TierUnavailableException.class);
    assertThat(b.inHeap("good")).isEqualTo("v");
    b.authority.at((at, entryKey) -> {});
    assertThat(getAll(b, "bad", "good")).hasSize(2); // no flight was left behind
  }

  @Test
  void aWriteThatFailsStopsNoOtherAndLeavesNoOldCopy() throws Exception {
    putAll(b, "old", "bad", "good");
    b.authority.at(
        (at, entryKey) -> {
          if (at.equals("write") && fixture.key("bad").equals(entryKey)) {
            throw new IOException("no");
          }
        });
    Told told = putAll(b, "new", "bad", "good");
    assertThat(told.done).containsExactly("good");
    assertThat(told.failed).containsOnlyKeys("bad");
    assertThat(told.failed.get("bad")).isInstanceOf(TierUnavailableException.class);
    assertThat(b.inHeap("good")).isEqualTo("new");
    assertThat(b.inHeap("bad")).isEqualTo("old"); // the authority said that it has that
    b.authority.down(true);
    assertThat(putAll(b, "newer", "bad", "good").failed).containsOnlyKeys("bad", "good");
    assertThat(b.inHeap("good")).isNull(); // nobody knows
    assertThat(b.onDisk("good")).isNull();
  }

  /** If it were wrong, a value could come back that was read before the removal. */
  @Test
  void i3_removalsAndWritesOfManyEndLeases() throws Exception {
    for (boolean removes : new boolean[] {true, false}) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      StackFixture.FixedLoader loader =
          new StackFixture.FixedLoader(
              () -> {
                begun.countDown();
                NodeFixture.pause(goOn);
                return "loaded";
              });
      CompletableFuture<@Nullable String> filler = b.loading("k", loader);
      NodeFixture.pause(begun);
      Told told = removes ? removeAll(a, "k", "l") : putAll(a, "put", "k", "l");
      assertThat(told.done).hasSize(removes ? 0 : 2);
      goOn.countDown();
      assertThat(await(filler)).isEqualTo("loaded");
      b.follow();
      assertThat(b.get("k")).isEqualTo(removes ? null : "put");
    }
  }

  @Test
  void removalsTellOfLiveEntriesOnly() throws Exception {
    putAll(a, "v", "live");
    a.put("over", "v", Duration.ofSeconds(1));
    b.warm("live");
    fixture.pass(Duration.ofSeconds(1));
    assertThat(removeAll(a, "live", "over", "none").done).containsExactly("live");
    assertThat(a.inHeap("live")).isNull();
    assertThat(a.onDisk("live")).isNull();
    b.follow();
    assertThat(b.inHeap("live")).isNull();
    assertThat(getAll(a, "live", "over")).isEmpty();
  }
}
