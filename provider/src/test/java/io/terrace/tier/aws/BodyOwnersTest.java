package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the sweeper of bodies is told. */
class BodyOwnersTest {
  private static final EntryKey KEY = key("long");

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final AwsSetup setup = AwsSetup.here();
  private AwsTier tier;
  private AwsClients clients;

  @BeforeEach
  void open() throws IOException {
    tier = setup.open();
    clients = setup.clients();
    put(tier, key("first"), bytes("x"));
  }

  @AfterEach
  void close() throws IOException {
    clients.close();
    tier.close();
  }

  private BodyOwners owners() {
    Calls calls = new Calls(new TableFailures(AwsSetup.TABLE));
    Table table = new Table(clients.dynamoDb(), AwsSetup.TABLE, calls);
    return new BodyOwners(table, setup.keys(), now::get);
  }

  private String object() throws IOException {
    try (RawItems items = new RawItems(setup)) {
      return Attributes.text(items.get(KEY), Attributes.OBJECT);
    }
  }

  private boolean isReferenced(String name) throws IOException {
    return owners().isReferenced(name, ItemKeys.hash(KEY));
  }

  @Test
  void aBodyIsReferredToUntilItsEntryIsReplacedOrRemoved() throws IOException {
    put(tier, KEY, bytes(1, 100_000));
    String first = object();
    assertThat(isReferenced(first)).isTrue();
    put(tier, KEY, bytes(2, 100_000));
    String second = object();
    assertThat(second).isNotEqualTo(first);
    assertThat(isReferenced(first)).isFalse();
    assertThat(isReferenced(second)).isTrue();
    tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(isReferenced(second)).isFalse();
  }

  @Test
  void oneProcessAtATimeHasTheLease() throws IOException {
    BodyOwners one = owners();
    BodyOwners two = owners();
    assertThat(one.tryLease(Duration.ofHours(1))).isTrue();
    assertThat(two.tryLease(Duration.ofHours(1))).isFalse();
    now.set(now.get().plus(Duration.ofMinutes(30)));
    assertThat(one.tryLease(Duration.ofHours(1))).as("anew").isTrue();
    now.set(now.get().plus(Duration.ofMinutes(60)));
    assertThat(two.tryLease(Duration.ofHours(1))).as("not over yet").isFalse();
    now.set(now.get().plusMillis(1));
    assertThat(two.tryLease(Duration.ofHours(1))).isTrue();
    assertThat(one.tryLease(Duration.ofHours(1))).isFalse();
  }
}
