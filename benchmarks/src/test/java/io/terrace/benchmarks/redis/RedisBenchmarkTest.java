package io.terrace.benchmarks.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.report.Cell;
import io.terrace.servers.RedisServer;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.infra.ThreadParams;

/** The peers read what they write, and the near cache is what it is said to be. */
class RedisBenchmarkTest {
  private static RedisServer server;

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void closeServer() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(RedisPeer.class)
  void readsBackWhatItWrites(RedisPeer peer) throws IOException {
    RedisBenchmark benchmark = new RedisBenchmark();
    RedisBenchmark.Cursor cursor = new RedisBenchmark.Cursor();
    RedisState state = new RedisState();
    state.server = server.uri();
    state.peer = peer;
    state.entries = 30;
    state.bodyBytes = 1024;
    state.open();
    try {
      int first = state.numbers[0];
      rewind(cursor);
      assertThat(benchmark.get(state, cursor)).isEqualTo(state.body(first));

      state.store.put(first, state.body(first + 1));
      rewind(cursor);
      benchmark.put(state, cursor);
      assertThat(state.store.get(first)).isEqualTo(state.body(0));

      rewind(cursor);
      Object many = benchmark.getAll(state, cursor);
      Collection<?> found = many instanceof Map<?, ?> map ? map.values() : (Collection<?>) many;
      assertThat(found)
          .hasSizeBetween(10, RedisState.MANY)
          .allSatisfy(body -> assertThat((byte[]) body).hasSize(1024));
    } finally {
      state.close();
    }
  }

  private static void rewind(RedisBenchmark.Cursor cursor) {
    cursor.start(new ThreadParams(0, 1, 0, 1, 0, 1, 0, 1, 0, 1));
  }

  @Test
  void theNearCacheHitsWhileAnotherProcessWrites() throws IOException, InterruptedException {
    NearBenchmark.Near near = new NearBenchmark.Near();
    near.server = server.uri();
    near.writesPerSecond = 20;
    near.open();
    try {
      while (near.cache.get("cold-5") == null) {
        Thread.onSpinWait();
      }
      assertThat(new NearBenchmark().hit(near, new NearBenchmark.Cursor())).isEqualTo("value 0");
    } finally {
      near.close();
    }
  }

  @Test
  void eachWriteIsSeenByTheOtherProcess() throws IOException, InterruptedException {
    List<Double> millis = InvalidationLatency.measure(server.uri(), 20);
    assertThat(millis).hasSize(20).allSatisfy(latency -> assertThat(latency).isPositive());
  }

  @Test
  void everyGoalIsMeasured() {
    List<Cell> cells = RedisSuite.plan(server.uri()).stream().map(Trial::cell).toList();
    assertThat(cells).doesNotHaveDuplicates();
    assertThat(RedisSuite.goals())
        .filteredOn(goal -> !goal.cell().table().equals(RedisSuite.LATENCY))
        .hasSize(3)
        .allSatisfy(
            goal -> {
              assertThat(cells).contains(goal.cell());
              assertThat(cells).containsAll(goal.against());
            });
  }
}
