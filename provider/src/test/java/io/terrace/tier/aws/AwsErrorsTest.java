package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.servers.DynamoDbServer;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.SkipReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** What is said when DynamoDB cannot be used, and how it goes on when it can be again. */
class AwsErrorsTest {
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private static DynamoDbServer server;

  @BeforeAll
  static void startServer() {
    server = DynamoDbServer.start();
  }

  @AfterAll
  static void closeServer() {
    server.close();
  }

  private static AwsSetup quick() {
    return AwsSetup.on(server).settings(settings -> settings.requestTimeout(TIMEOUT));
  }

  private static Lookup.Skipped skipped(AwsTier tier) {
    Lookup lookup = tier.lookup(key("k"));
    assertThat(lookup).isInstanceOf(Lookup.Skipped.class);
    return (Lookup.Skipped) lookup;
  }

  @Test
  void aMissingTableIsSaidWithWhatMakesIt() throws IOException {
    AwsSetup setup = AwsSetup.on(server).table("no-table");
    try (AwsTier tier = setup.creating(false).open()) {
      assertThat(skipped(tier).reason()).isEqualTo(SkipReason.FAILED);
      assertThat(skipped(tier).detail())
          .contains("aws.table", "aws.create", "aws dynamodb create-table --table-name no-table")
          .contains("AttributeName=p,AttributeType=B", "AttributeName=k,AttributeType=B")
          .contains("PAY_PER_REQUEST", "update-time-to-live", "AttributeName=x");
      assertThatIOException()
          .isThrownBy(() -> put(tier, key("k"), bytes("x")))
          .withMessageContaining("there is no table 'no-table'");
    }
    try (AwsTier creating = setup.creating(true).open()) {
      put(creating, key("k"), bytes("x"));
    }
    try (AwsTier tier = setup.creating(false).open()) {
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    }
  }

  @Test
  void aTableThatTheTierMakesForgetsWhatIsOver() throws IOException {
    AwsSetup setup = AwsSetup.on(server).table("made");
    try (AwsTier tier = setup.open();
        RawItems items = new RawItems(setup)) {
      put(tier, key("k"), bytes("x"));
      assertThat(
              items
                  .client()
                  .describeTimeToLive(request -> request.tableName("made"))
                  .timeToLiveDescription()
                  .attributeName())
          .isEqualTo("x");
    }
  }

  @Test
  void severalProcessesMayMakeTheTable() throws Exception {
    AwsSetup setup = AwsSetup.on(server).table("made-by-all");
    try (AwsTier one = setup.open();
        AwsTier two = setup.open()) {
      Thread other = new Thread(() -> two.lookup(key("k")));
      other.start();
      put(one, key("k"), bytes("x"));
      other.join();
      assertThat(get(two, key("k"))).isEqualTo(bytes("x"));
    }
  }

  @Test
  void otherKeysAreSaid() throws IOException {
    AwsSetup setup = AwsSetup.on(server).table("other-keys");
    try (RawItems items = new RawItems(setup)) {
      items
          .client()
          .createTable(
              table ->
                  table
                      .tableName("other-keys")
                      .attributeDefinitions(
                          AttributeDefinition.builder()
                              .attributeName("id")
                              .attributeType(ScalarAttributeType.S)
                              .build())
                      .keySchema(
                          KeySchemaElement.builder()
                              .attributeName("id")
                              .keyType(KeyType.HASH)
                              .build())
                      .billingMode(BillingMode.PAY_PER_REQUEST));
    }
    try (AwsTier tier = setup.open()) {
      assertThatIOException()
          .isThrownBy(() -> putOnceActive(tier))
          .withMessageContaining("needs other keys")
          .withMessageContaining("aws dynamodb create-table --table-name other-keys");
    }
  }

  /** A table that was just made is not there for a while. */
  private static void putOnceActive(AwsTier tier) throws IOException {
    while (true) {
      try {
        put(tier, key("k"), bytes("x"));
        return;
      } catch (CallFailedException e) {
        if (e.kind() != CallFailedException.Kind.NO_TABLE) {
          throw e;
        }
      }
    }
  }

  @Test
  void wrongCredentialsAreSaid() throws IOException {
    AwsSetup setup =
        AwsSetup.on(server).settings(settings -> settings.credentials("NOBODY", "nothing"));
    try (AwsTier tier = setup.open()) {
      assertThat(skipped(tier).detail()).contains("UnrecognizedClientException", "aws.access-key");
    }
  }

  @Test
  void startsWithoutAServerAndGoesOnOnceThereIsOne() throws IOException {
    server.kill();
    try (AwsTier tier = quick().open()) {
      assertThat(skipped(tier).detail()).contains("GetItem", AwsSetup.TABLE);
      assertThatIOException().isThrownBy(() -> put(tier, key("k"), bytes("x")));
      server.restart();
      awaitService(tier);
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
      server.kill();
      assertThat(skipped(tier).reason()).isNotNull();
      server.restart();
      awaitService(tier);
    } finally {
      server.restart();
    }
  }

  /** The breaker closes again a second after the last failure; returns a version. */
  private static long awaitService(AwsTier tier) {
    for (long end = System.nanoTime() + Duration.ofSeconds(30).toNanos(); ; ) {
      try {
        return put(tier, key("k"), bytes("x"));
      } catch (IOException e) {
        assertThat(System.nanoTime()).as("%s", e).isLessThan(end);
        Pause.atLeast(Duration.ofMillis(20).toNanos());
      }
    }
  }

  @Test
  void aHungServerCostsTheTimeOutAndThenNothing() throws IOException {
    try (AwsTier tier = quick().open()) {
      awaitService(tier);
      server.pause();
      try {
        long begin = System.nanoTime();
        assertThat(skipped(tier).reason()).isEqualTo(SkipReason.TIMED_OUT);
        assertThat(System.nanoTime() - begin).isLessThan(TIMEOUT.multipliedBy(8).toNanos());
        Lookup.Skipped skipped = skipped(tier);
        while (skipped.reason() == SkipReason.TIMED_OUT) { // until the breaker opens
          skipped = skipped(tier);
        }
        assertThat(skipped.reason()).isEqualTo(SkipReason.BREAKER_OPEN);
        assertThat(skipped.detail()).contains("failed too often");
      } finally {
        server.resume();
      }
      awaitService(tier);
    }
  }

  @Test
  void whatIsKnownOfClearsDoesForFiveSeconds() throws IOException {
    AtomicLong nanos = new AtomicLong();
    RequestFailure failing = new RequestFailure();
    AwsSetup setup = AwsSetup.on(server).nanoClock(nanos::get).interceptor(failing);
    try (AwsTier tier = setup.open()) {
      put(tier, key("k"), bytes("x"));
      failing.fail(request -> request.toString().contains("ProjectionExpression"));
      nanos.set(Control.FRESH_NANOS + 1);
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
      nanos.set(Control.KNOWN_NANOS);
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
      nanos.set(Control.KNOWN_NANOS + 1);
      assertThat(skipped(tier).reason()).isEqualTo(SkipReason.FAILED);
      assertThatIOException().isThrownBy(() -> put(tier, key("k"), bytes("y")));
      failing.fail(request -> false);
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    }
  }

  @Test
  void everyOperationFailsAsItsContractSays() throws IOException {
    try (AwsTier tier = quick().open()) {
      long version = awaitService(tier);
      server.kill();
      try {
        for (ThrowingCallable operation :
            List.<ThrowingCallable>of(
                () -> put(tier, key("k"), bytes("y")),
                () -> tier.purge(key("k"), PurgeReason.EXPIRY, Condition.ALWAYS),
                () -> tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(5)),
                () -> tier.updateHeader(key("k"), version, HeaderUpdate.TO_STALE),
                () -> tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED),
                () -> tier.clear(),
                () -> tier.post(1),
                () -> tier.withdraw(1),
                () -> tier.withdraw(1, 1),
                () -> tier.notices(),
                () -> tier.scan().next())) {
          assertThatIOException().isThrownBy(operation);
        }
        assertThat(tier.lookupHeader(key("k"))).isInstanceOf(Lookup.Skipped.class);
        assertThat(tier.lookupAll(List.of(key("k"), key("l"))))
            .hasSize(2)
            .allMatch(answer -> answer instanceof Lookup.Skipped);
        WholeWrite write =
            new WholeWrite(header(key("k")), ByteBuffer.wrap(bytes("x")), Condition.ALWAYS);
        assertThat(tier.writeAll(List.of(write, write)))
            .hasSize(2)
            .allMatch(result -> result instanceof WriteResult.Failed);
        assertThat(tier.purgeAll(List.of(key("k")), PurgeReason.EXPIRY))
            .allMatch(result -> result instanceof WriteResult.Failed);
      } finally {
        server.restart();
      }
      awaitService(tier);
    }
  }
}
