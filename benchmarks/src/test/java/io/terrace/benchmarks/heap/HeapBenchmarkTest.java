package io.terrace.benchmarks.heap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.infra.ThreadParams;

/** Every operation of every peer does what its name says: what is wrong is not worth timing. */
class HeapBenchmarkTest {
  private static final int ENTRIES = 100;

  private final HeapBenchmark benchmark = new HeapBenchmark();
  private final HeapState state = new HeapState();
  private final HeapBenchmark.Cursor cursor = new HeapBenchmark.Cursor();

  static List<Arguments> everything() {
    List<Arguments> all = new ArrayList<>();
    for (HeapPeer peer : HeapPeer.values()) {
      for (ValueKind values : ValueKind.values()) {
        all.add(Arguments.of(peer, values, Statistics.OFF));
      }
      all.add(Arguments.of(peer, ValueKind.STRING, Statistics.ON));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("everything")
  void operationsDoWhatTheySay(HeapPeer peer, ValueKind values, Statistics statistics)
      throws IOException {
    open(peer, values, statistics);
    String first = state.keys[0];

    assertThat(benchmark.getHit(state, cursor)).isNotNull();
    assertThat(benchmark.getMiss(state, cursor)).isNull();
    assertThat(benchmark.putIfAbsent(state, cursor)).isFalse();
    assertThat(benchmark.getAll(state, cursor)).hasSize(HeapState.KEYS_IN_SET);

    restart();
    benchmark.put(state, cursor);
    assertThat(state.cache.get(first)).isEqualTo(state.newValues[0]);

    state.cache.put(first, values.value(ENTRIES + 1));
    restart();
    benchmark.invoke(state, cursor);
    assertThat(state.cache.get(first)).isEqualTo(state.newValues[0]);
  }

  @ParameterizedTest
  @EnumSource(HeapPeer.class)
  void mixedWritesOneInTen(HeapPeer peer) throws IOException {
    open(peer, ValueKind.STRING, Statistics.OFF);
    int written = 0;
    for (int i = 0; i < HeapState.SEQUENCE; i++) {
      written += benchmark.mixed(state, cursor) == null ? 1 : 0;
    }
    assertThat(written).isBetween(HeapState.SEQUENCE / 11, HeapState.SEQUENCE / 9);
  }

  @ParameterizedTest
  @EnumSource(
      value = HeapPeer.class,
      names = {"CAFFEINE", "CONCURRENT_HASH_MAP"},
      mode = EnumSource.Mode.EXCLUDE)
  void beansAreCopiedInAndOut(HeapPeer peer) throws IOException {
    open(peer, ValueKind.BEAN, Statistics.OFF);
    Customer mine = (Customer) ValueKind.BEAN.value(1);
    state.cache.put("key-0", mine);
    mine.setName("changed after put");
    Customer read = (Customer) state.cache.get("key-0");
    assertThat(read).isEqualTo(ValueKind.BEAN.value(1));
    read.getTags().add("changed after get");
    assertThat(state.cache.get("key-0")).isEqualTo(ValueKind.BEAN.value(1));
  }

  private void open(HeapPeer peer, ValueKind values, Statistics statistics) throws IOException {
    state.peer = peer;
    state.values = values;
    state.statistics = statistics;
    state.entries = ENTRIES;
    state.open();
    restart();
  }

  private void restart() {
    cursor.start(new ThreadParams(0, 1, 0, 1, 0, 1, 0, 1, 0, 1), state);
  }

  @AfterEach
  void close() {
    state.close();
  }
}
