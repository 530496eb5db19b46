package io.terrace.tier.aws;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.Lookup;
import io.terrace.tier.NoticeBoardContract;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The notices of processes in DynamoDB. */
class AwsNoticesTest extends NoticeBoardContract {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int SECONDS_A_DAY = 86_400;

  private final RequestCounts requests = new RequestCounts();
  private final AwsSetup setup = AwsSetup.here().clock(() -> NOW).interceptor(requests);

  @Override
  protected Tier open() throws IOException {
    return setup.open();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    Leftovers.assertNone(setup);
  }

  @Test
  void aNoticeThatNobodyRenewsGoesAfterADay() throws IOException {
    one.post(1);
    try (RawItems items = new RawItems(setup)) {
      assertThat(Attributes.number(items.get(setup.keys().notice(1)), Attributes.TTL))
          .isEqualTo(NOW.getEpochSecond() + SECONDS_A_DAY);
    }
  }

  @Test
  void noticesStayAfterTheCacheIsDestroyed() throws IOException {
    one.post(1);
    ((Tier) one).destroy();
    assertThat(two.notices()).containsOnlyKeys(1L);
  }

  @Test
  void cachesHaveNoticesOfTheirOwn() throws IOException {
    one.post(1);
    try (AwsTier other = AwsSetup.here().open()) {
      assertThat(other.notices()).isEmpty();
      other.withdraw(1);
    }
    assertThat(one.notices()).containsOnlyKeys(1L);
  }

  @Test
  void manyNoticesAreReadPageByPage() throws IOException {
    try (RawItems items = new RawItems(setup)) {
      AttributeValue large = AttributeValue.fromS("x".repeat(60_000));
      for (int process = 0; process < 20; process++) { // more than the megabyte of a page
        one.post(process);
        Map<String, AttributeValue> item = new HashMap<>(items.get(setup.keys().notice(process)));
        item.put("z", large);
        items.put(item);
      }
    }
    requests.take();
    assertThat(two.notices()).hasSize(20);
    assertThat(requests.take()).isEqualTo(Map.of("Query", 2));
  }

  private interface Call {
    void on(AwsTier tier) throws IOException;
  }

  @Test
  void whoeverComesFirstMakesTheTable() throws IOException {
    int made = 0;
    for (Call call :
        new Call[] {
          tier -> tier.post(1),
          tier -> tier.withdraw(1),
          tier -> tier.withdraw(1, 1),
          tier -> tier.notices()
        }) {
      AwsSetup absent = AwsSetup.here().table("notices-" + made++);
      try (AwsTier tier = absent.creating(false).open()) {
        assertThatIOException().isThrownBy(() -> call.on(tier)).withMessageContaining("aws.create");
      }
      try (AwsTier tier = absent.creating(true).open()) {
        call.on(tier);
        assertThat(tier.lookup(key("k"))).isEqualTo(Lookup.MISS);
      }
    }
  }

  @Test
  void aClosedTierHasNoBoard() throws IOException {
    ((Tier) one).close();
    assertThatIOException()
        .isThrownBy(() -> one.notices())
        .withMessageContaining("the aws tier is closed");
    assertThatIOException().isThrownBy(() -> one.post(1));
    assertThat(two.notices()).isEmpty();
  }
}
