package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.Freshness;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;

/** A change whose answer is lost is made again, and finds that it was made. */
class AwsLostAnswerTest {
  private static final int ALL_ATTEMPTS = 3;
  private static final EntryKey KEY = key("k");

  private final RequestCounts requests = new RequestCounts();
  private final RequestFailure failure = new RequestFailure();
  private final AwsSetup setup = AwsSetup.here().interceptor(requests).interceptor(failure);
  private AwsTier tier;

  @BeforeEach
  void openTier() throws IOException {
    tier = setup.open();
    put(tier, key("first"), bytes(1, 200_000)); // table and bucket are known to be there
    requests.take();
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
  }

  @Test
  void aWriteIsCommittedUnderEveryCondition() throws IOException {
    long version = 0;
    for (Condition condition : List.of(Condition.ABSENT, Condition.PRESENT, Condition.ALWAYS)) {
      failure.loseAnswers(1);
      CommitResult result = put(tier, KEY, bytes("x" + condition.kind()), condition);
      assertThat(requests.take()).as("%s", condition).isEqualTo(Map.of("PutItem", 2));
      assertThat(result).isInstanceOf(CommitResult.Committed.class);
      version = ((CommitResult.Committed) result).version();
      assertThat(headerOf(tier, KEY).version()).isEqualTo(version);
      assertThat(get(tier, KEY)).isEqualTo(bytes("x" + condition.kind()));
      requests.take();
    }
    failure.loseAnswers(2);
    assertThat(put(tier, KEY, bytes("last"), Condition.versionIs(version)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 3));
    assertThat(get(tier, KEY)).isEqualTo(bytes("last"));
  }

  @Test
  void aRemovalIsOne() throws IOException {
    for (Condition condition : List.of(Condition.ALWAYS, Condition.PRESENT)) {
      put(tier, KEY, bytes("x"));
      requests.take();
      failure.loseAnswers(1);
      assertThat(tier.purge(KEY, PurgeReason.INVALIDATION, condition)).isTrue();
      assertThat(requests.take()).isEqualTo(Map.of("UpdateItem", 2));
      assertThat(get(tier, KEY)).isNull();
    }
    failure.loseAnswers(1);
    assertThat(tier.purge(key("absent"), PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
  }

  private interface Change {
    Object make() throws IOException;
  }

  /** If it were wrong, who tries again after a refusal would make a change twice. */
  @Test
  void i8_whatSomebodyElseOvertookIsNotRefused() throws IOException {
    long version = put(tier, KEY, bytes("x"));
    try (AwsTier other = AwsSetup.here().namespace(setup.settings().namespace()).open()) {
      for (Change change :
          List.<Change>of(
              () -> put(tier, KEY, bytes("y"), Condition.versionIs(version)),
              () -> put(tier, KEY, bytes("y"), Condition.ALWAYS),
              () -> tier.purge(KEY, PurgeReason.INVALIDATION, Condition.PRESENT))) {
        failure.loseAnswer(() -> overwrite(other));
        assertThatIOException()
            .isThrownBy(change::make)
            .satisfies(e -> assertThat(CallFailedException.mayBeDone(e)).isTrue());
        assertThat(get(tier, KEY)).isEqualTo(bytes("other"));
      }
    }
  }

  private static void overwrite(AwsTier other) {
    try {
      put(other, KEY, bytes("other"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRefusalWhoseAnswerIsLostIsOne() throws IOException {
    long version = put(tier, KEY, bytes("x"));
    failure.loseAnswers(1);
    assertThat(put(tier, KEY, bytes("y"), Condition.ABSENT))
        .isEqualTo(new CommitResult.Refused(version));
  }

  @Test
  void aHeaderIsUpdated() throws IOException {
    long version = put(tier, KEY, bytes("x"));
    for (HeaderUpdate update : List.of(HeaderUpdate.expireAt(77), HeaderUpdate.TO_STALE)) {
      failure.loseAnswers(1);
      assertThat(tier.updateHeader(KEY, version, update)).isTrue();
    }
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(77);
    assertThat(headerOf(tier, KEY).freshness()).isEqualTo(Freshness.STALE);
  }

  @Test
  void aClearIsMadeOnce() throws IOException {
    put(tier, KEY, bytes("x"));
    requests.take();
    failure.loseAnswers(1);
    tier.clear();
    assertThat(requests.take()).isEqualTo(Map.of("UpdateItem", 2));
    assertThat(get(tier, KEY)).isNull();
  }

  @Test
  void aNoticeIsPutUpOnceAndTakenDown() throws IOException {
    failure.loseAnswers(1);
    tier.post(1);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 2));
    assertThat(tier.notices()).containsOnlyKeys(1L);
    failure.loseAnswers(1);
    tier.withdraw(1);
    assertThat(tier.notices()).isEmpty();
  }

  /** Nobody can tell whether the first attempt did it. */
  @Test
  void aNoticeThatIsGoneMayHaveBeenTakenDown() throws IOException {
    tier.post(1);
    long number = tier.notices().get(1L);
    failure.loseAnswers(1);
    assertThatIOException()
        .isThrownBy(() -> tier.withdraw(1, number))
        .satisfies(e -> assertThat(CallFailedException.mayBeDone(e)).isTrue());
    assertThat(tier.notices()).isEmpty();
    assertThat(tier.withdraw(1, number)).isFalse();
  }

  @Test
  void ifAllAnswersAreLostNobodyKnows() throws IOException {
    failure.loseAnswers(ALL_ATTEMPTS);
    assertThatIOException()
        .isThrownBy(() -> put(tier, KEY, bytes("x")))
        .satisfies(e -> assertThat(CallFailedException.mayBeDone(e)).isTrue());
    assertThat(get(tier, KEY)).as("it was done").isEqualTo(bytes("x"));
  }

  @Test
  void aLongBodyStaysIfItsItemMayBeThere() throws IOException {
    byte[] body = bytes(1, 200_000);
    failure.loseAnswers(ALL_ATTEMPTS);
    assertThatIOException().isThrownBy(() -> put(tier, KEY, body));
    assertThat(get(tier, KEY)).isEqualTo(body);
  }

  @Test
  void aLongBodyGoesIfItsItemIsRefused() throws IOException {
    put(tier, KEY, bytes("x"));
    requests.take();
    try (WriteHandle write = tier.openWrite(header(KEY), Condition.ABSENT)) {
      write.write(ByteBuffer.wrap(bytes(1, 200_000)));
      assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
      assertThat(requests.take()).isEqualTo(Map.of("PutObject", 1, "PutItem", 1));
    }
    assertThat(requests.take()).isEqualTo(Map.of("DeleteObjects", 1));
  }

  /** If it were wrong, every long body would stay that is written while DynamoDB is down. */
  @Test
  void aLongBodyGoesIfItsItemWasNotSent() throws IOException {
    AtomicLong nanos = new AtomicLong();
    try (AwsTier late = setup.nanoClock(nanos::get).open()) {
      put(late, KEY, bytes(1, 200_000));
      nanos.addAndGet(Control.KNOWN_NANOS + 1); // what is cleared has to be read again
      failure.fail(request -> request instanceof GetItemRequest);
      requests.take();
      assertThatIOException().isThrownBy(() -> put(late, KEY, bytes(1, 200_000)));
      assertThat(requests.take()).isEqualTo(Map.of("PutObject", 1, "DeleteObjects", 1));
      failure.fail(request -> false);
    }
  }

  @Test
  void aLongBodyGoesIfItsItemCannotHaveBeenSent() throws IOException {
    put(tier, KEY, bytes("x"));
    failure.fail(request -> request instanceof PutItemRequest);
    for (int i = 0; i < 5; i++) { // until the breaker opens
      assertThatIOException().isThrownBy(() -> put(tier, KEY, bytes("y")));
    }
    requests.take();
    assertThatIOException().isThrownBy(() -> put(tier, KEY, bytes(1, 200_000)));
    assertThat(requests.take()).isEqualTo(Map.of("PutObject", 1, "DeleteObjects", 1));
  }
}
