package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;
import software.amazon.awssdk.services.s3.model.S3Request;

/** A service that takes no more requests is asked again, a few times, and then the caller hears. */
class AwsThrottlingTest {
  private static final int ALL_ATTEMPTS = 3;
  private static final int ALL_ANSWERS = 8;
  private static final EntryKey KEY = key("k");
  private static final byte[] LONG = bytes(1, 100_000);

  private final Throttling throttling = new Throttling();
  private final RequestCounts requests = new RequestCounts();
  private final AwsSetup setup =
      AwsSetup.here().nanoClock(() -> 0).interceptor(throttling).interceptor(requests);
  private AwsTier tier;

  @BeforeEach
  void openTier() throws IOException {
    tier = setup.open();
    put(tier, KEY, LONG); // table and bucket are known to be there
    requests.take();
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
    Leftovers.assertNone(setup);
  }

  private interface Work {
    void run() throws IOException;
  }

  private void whileRefused(Class<? extends SdkRequest> kind, int attempts, Work work)
      throws IOException {
    throttling.refuse(kind, attempts);
    work.run();
    assertThat(throttling.takeRefused()).isEqualTo(attempts);
  }

  @Test
  void readsGoThroughOnceTheyAreTaken() throws IOException {
    whileRefused(DynamoDbRequest.class, 1, () -> assertThat(get(tier, KEY)).isEqualTo(LONG));
    whileRefused(S3Request.class, 1, () -> assertThat(get(tier, KEY)).isEqualTo(LONG));
    whileRefused(
        BatchGetItemRequest.class,
        ALL_ATTEMPTS - 1,
        () -> assertThat(tier.lookupAll(List.of(KEY))).allMatch(Lookup.Hit.class::isInstance));
  }

  @Test
  void changesGoThroughOnceTheyAreTaken() throws IOException {
    whileRefused(DynamoDbRequest.class, 1, () -> put(tier, KEY, bytes("short")));
    assertThat(get(tier, KEY)).isEqualTo(bytes("short"));
    whileRefused(S3Request.class, 1, () -> put(tier, KEY, LONG));
    assertThat(get(tier, KEY)).isEqualTo(LONG);
    whileRefused(
        DynamoDbRequest.class,
        1,
        () -> assertThat(tier.purge(KEY, PurgeReason.INVALIDATION, Condition.PRESENT)).isTrue());
    assertThat(get(tier, KEY)).isNull();
  }

  @Test
  void whatDynamoDbNeverTakesFailsWithWhatToChange() throws IOException {
    throttling.refuse(DynamoDbRequest.class, Throttling.FOR_EVER);
    assertThatIOException()
        .isThrownBy(() -> put(tier, KEY, bytes("short")))
        .withMessageContaining("DynamoDB refused with ProvisionedThroughputExceededException")
        .withMessageContaining("PutItem in table '" + AwsSetup.TABLE + "'")
        .withMessageContaining("make the table on-demand, or raise its capacity");
    assertThat(throttling.takeRefused()).isEqualTo(ALL_ATTEMPTS);
    assertThat(tier.lookup(KEY))
        .isInstanceOfSatisfying(
            Lookup.Skipped.class,
            skipped -> assertThat(skipped.detail()).contains("GetItem", "on-demand"));
    throttling.refuse(DynamoDbRequest.class, 0);
    assertThat(get(tier, KEY)).as("what was there before").isEqualTo(LONG);
  }

  @Test
  void whatS3NeverTakesFailsWithWhatToChange() throws IOException {
    throttling.refuse(S3Request.class, ALL_ATTEMPTS);
    assertThatIOException()
        .isThrownBy(() -> put(tier, KEY, bytes(2, 100_000)))
        .withMessageContaining("S3 refused with 503 SlowDown")
        .withMessageContaining("PutObject in bucket '" + AwsSetup.BUCKET + "'")
        .withMessageContaining("aws.connections")
        .withMessageContaining("aws.parts-in-flight");
    assertThat(throttling.takeRefused()).isEqualTo(ALL_ATTEMPTS);
    assertThat(get(tier, KEY)).as("what was there before").isEqualTo(LONG);
  }

  private List<EntryKey> entries(int count) throws IOException {
    List<EntryKey> keys = IntStream.range(0, count).mapToObj(i -> key(i)).toList();
    for (EntryKey key : keys) {
      put(tier, key, bytes("v"));
    }
    requests.take();
    return keys;
  }

  @Test
  void keysThatAnAnswerLeavesOutAreAskedForAgain() throws IOException {
    List<EntryKey> keys = entries(5);
    throttling.answerInPart(3);
    assertThat(tier.lookupAll(keys)).hasSize(5).allMatch(Lookup.Hit.class::isInstance);
    assertThat(requests.take()).isEqualTo(Map.of("BatchGetItem", 4));
  }

  @Test
  void keysThatEachAnswerLeavesOutAreSkippedWithWhatToChange() throws IOException {
    List<EntryKey> keys = entries(ALL_ANSWERS + 1);
    throttling.answerInPart(Throttling.FOR_EVER);
    List<Lookup> answers = tier.lookupAll(keys);
    assertThat(requests.take()).isEqualTo(Map.of("BatchGetItem", ALL_ANSWERS));
    assertThat(answers).hasSize(keys.size());
    for (Lookup answer : answers) {
      assertThat(answer).isInstanceOf(Lookup.Skipped.class);
      assertThat(((Lookup.Skipped) answer).detail())
          .contains("BatchGetItem in table '" + AwsSetup.TABLE + "'")
          .contains("make the table on-demand, or raise its capacity");
    }
  }
}
