package io.terrace.benchmarks.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.infra.ThreadParams;

/** The peers read what they write, the near cache hits, and all goals are measured. */
class AwsBenchmarkTest {
  private static DynamoDbServer dynamoDb;
  private static S3Server s3;
  private static AwsServices services;

  @BeforeAll
  static void startServers() {
    dynamoDb = DynamoDbServer.start();
    s3 = S3Server.start();
    services = AwsServices.of(dynamoDb, s3);
  }

  @AfterAll
  static void closeServers() {
    dynamoDb.close();
    s3.close();
  }

  @ParameterizedTest
  @EnumSource(AwsPeer.class)
  void readsBackWhatItWrites(AwsPeer peer) {
    AwsBenchmark benchmark = new AwsBenchmark();
    AwsBenchmark.Cursor cursor = new AwsBenchmark.Cursor();
    AwsState state = new AwsState();
    state.services = services;
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
    } finally {
      state.close();
    }
  }

  private static void rewind(AwsBenchmark.Cursor cursor) {
    cursor.start(new ThreadParams(0, 1, 0, 1, 0, 1, 0, 1, 0, 1));
  }

  @Test
  void theNearCacheHitsWhileDynamoDbIsAway() {
    AwsNearBenchmark.Near near = new AwsNearBenchmark.Near();
    near.services = services;
    near.verifyAfterMillis = 3_600_000;
    near.open();
    try {
      dynamoDb.pause();
      assertThat(new AwsNearBenchmark().hit(near, new AwsNearBenchmark.Cursor()))
          .isEqualTo("value 0");
    } finally {
      dynamoDb.resume();
      near.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5 << 20, (5 << 20) + 1, 11 << 20})
  void theBareObjectHasAllPartsInOrder(int bytes)
      throws IOException, InterruptedException, ExecutionException {
    byte[] body = new byte[bytes];
    new Random(bytes).nextBytes(body);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (BareS3 bare = new BareS3(services, 5 << 20, 2)) {
      assertThat(bare.write(body)).isEqualTo(1 + (bytes - 1) / (5 << 20));
      assertThat(bare.read(Channels.newChannel(read))).isEqualTo(bytes);
    }
    assertThat(read.toByteArray()).isEqualTo(body);
  }

  @Test
  void theLineOfTheServicesSaysAll() {
    assertThat(AwsServices.parse(services.line())).isEqualTo(services);
  }

  @Test
  void everyGoalIsMeasured() throws IOException, InterruptedException {
    AwsSuite.Size size = AwsSuite.Size.of(Mode.SMOKE);
    Stream<Cell> items = AwsSuite.plan(services).stream().map(Trial::cell);
    Stream<Cell> streams =
        AwsSuite.measureStreams(services, size).stream()
            .peek(m -> assertThat(m.samples()).hasSize(size.rounds()).allMatch(ms -> ms > 0))
            .map(Measurement::cell);
    List<Cell> cells = Stream.concat(items, streams).toList();

    assertThat(cells).doesNotHaveDuplicates();
    assertThat(AwsSuite.goals(size))
        .hasSize(4)
        .allSatisfy(
            goal -> {
              assertThat(cells).contains(goal.cell());
              assertThat(cells).containsAll(goal.against());
            });
  }
}
