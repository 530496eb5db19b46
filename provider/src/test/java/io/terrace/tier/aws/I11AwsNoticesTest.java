package io.terrace.tier.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** A notice that is damaged warns all the same, and does not stay for ever. */
class I11AwsNoticesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int SECONDS_A_DAY = 86_400;
  private static final long PROCESS = 7;

  private final RequestFaults faults = new RequestFaults();
  private final AwsSetup setup = AwsSetup.here().clock(() -> NOW);
  private AwsTier one;
  private AwsTier two;
  private RawItems items;

  @BeforeEach
  void openTiers() throws IOException {
    two = setup.open();
    one = setup.interceptor(faults).open();
    two.post(1); // the table is there
    items = new RawItems(setup);
  }

  @AfterEach
  void closeTiers() {
    one.close();
    two.close();
    items.close();
  }

  private void damage(AttributeValue number) {
    Map<String, AttributeValue> item = new HashMap<>(setup.keys().notice(PROCESS));
    if (number != null) {
      item.put(Attributes.CHANGE, number);
    }
    items.put(item);
  }

  @Test
  void i11_aDamagedNoticeIsOneWithANumber() throws IOException {
    damage(null);
    assertIsOneNotice();
    for (AttributeValue damage :
        List.of(
            AttributeValue.fromS("7"),
            AttributeValue.fromN("1.5"),
            AttributeValue.fromN("9223372036854775808"),
            AttributeValue.fromB(SdkBytes.fromByteArray(new byte[20])),
            AttributeValue.fromBool(true),
            AttributeValue.fromNul(true),
            AttributeValue.fromSs(List.of("a", "b")),
            AttributeValue.fromL(List.of(AttributeValue.fromN("7"))),
            AttributeValue.fromM(Map.of("n", AttributeValue.fromN("7"))))) {
      damage(damage);
      assertIsOneNotice();
    }
  }

  private void assertIsOneNotice() throws IOException {
    long corruptions = one.usage().corruptions();
    Map<Long, Long> notices = one.notices();
    assertThat(notices).containsOnlyKeys(1L, PROCESS);
    assertThat(two.notices()).as("the same for all").isEqualTo(notices);
    assertThat(one.notices()).isEqualTo(notices);
    assertThat(one.usage().corruptions()).as("once").isEqualTo(corruptions + 1);
    assertThat(Attributes.number(items.get(setup.keys().notice(PROCESS)), Attributes.TTL))
        .isEqualTo(NOW.getEpochSecond() + SECONDS_A_DAY);
    assertThat(two.withdraw(PROCESS, notices.get(PROCESS))).isTrue();
    assertThat(one.notices()).containsOnlyKeys(1L);
  }

  @Test
  void i11_aDamagedNoticeIsRenewedAndWithdrawn() throws IOException {
    damage(AttributeValue.fromS("x"));
    one.post(PROCESS);
    assertThat(items.get(setup.keys().notice(PROCESS))).containsOnlyKeys("p", "k", "n", "x");
    damage(AttributeValue.fromS("x"));
    one.withdraw(PROCESS);
    assertThat(items.get(setup.keys().notice(PROCESS))).isEmpty();
    assertThat(one.usage().corruptions()).as("nobody read it").isZero();
  }

  @Test
  void i11_whatIsOfNoProcessIsDeleted() throws IOException {
    Map<Long, Long> notices = two.notices();
    for (byte[] sort :
        new byte[][] {{3}, {3, 0, 0, 0, 0, 0, 0, 7}, {3, 0, 0, 0, 0, 0, 0, 0, 7, 0}}) {
      Map<String, AttributeValue> item = new HashMap<>(setup.keys().control());
      item.put(Attributes.SORT, Attributes.bytes(sort));
      item.put(Attributes.CHANGE, Attributes.number(5));
      items.put(item);
    }
    assertThat(items.control()).hasSize(4);
    assertThat(one.notices()).isEqualTo(notices);
    assertThat(one.usage().corruptions()).isEqualTo(3);
    assertThat(items.control()).as("those of processes").hasSize(1);
  }

  private interface Event {
    void happen() throws IOException;
  }

  /** Happens after a damaged notice was read, and before it is given a number. */
  private void beforeRepair(Event event) {
    damage(AttributeValue.fromS("x"));
    faults.before(
        UpdateItemRequest.class,
        1,
        () -> {
          try {
            event.happen();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void i11_whatIsWithdrawnMeanwhileIsNotPutUpAgain() throws IOException {
    beforeRepair(() -> two.withdraw(PROCESS));
    assertThat(one.notices()).containsOnlyKeys(1L);
    damage(null);
    faults.before(UpdateItemRequest.class, 1, () -> items.delete(setup.keys().notice(PROCESS)));
    assertThat(one.notices()).containsOnlyKeys(1L);
    assertThat(two.notices()).containsOnlyKeys(1L);
  }

  @Test
  void i11_whatIsRenewedMeanwhileHasThatNumber() throws IOException {
    beforeRepair(() -> two.post(PROCESS));
    assertThat(one.notices()).containsKey(PROCESS).isEqualTo(two.notices());
  }

  @Test
  void i11_whatIsDamagedAgainIsANoticeToo() throws IOException {
    beforeRepair(() -> damage(AttributeValue.fromS("y")));
    assertThat(one.notices()).containsOnlyKeys(1L, PROCESS);
    assertThat(one.notices()).containsOnlyKeys(1L, PROCESS).isEqualTo(two.notices());
  }
}
