package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Which bodies go into items and which into objects, and what becomes of an entry without its own.
 */
class AwsBodiesTest {
  private static final int INLINE_BYTES = 64 << 10;
  private static final EntryKey KEY = key("k");

  private record Left(String tier, EntryKey key, long version, PurgeReason reason) {}

  private final List<Left> left = new ArrayList<>();
  private final AwsSetup setup =
      AwsSetup.here()
          .listener((tier, key, version, reason) -> left.add(new Left(tier, key, version, reason)));
  private AwsTier tier;

  @BeforeEach
  void openTier() throws IOException {
    tier = setup.open();
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
    Leftovers.assertNone(setup);
  }

  private String object() throws IOException {
    try (RawItems items = new RawItems(setup)) {
      return Attributes.text(items.get(KEY), Attributes.OBJECT);
    }
  }

  private void deleteObject(String name) throws IOException {
    AwsClients clients = setup.clients();
    clients.s3().deleteObject(request -> request.bucket(AwsSetup.BUCKET).key(name));
    clients.close();
  }

  @Test
  void theLimitSaysWhatGoesIntoTheItem() throws IOException {
    for (int size : new int[] {0, 1, INLINE_BYTES - 1, INLINE_BYTES}) {
      put(tier, KEY, bytes(size, size));
      assertThat(object()).as("%d bytes", size).isNull();
      assertThat(get(tier, KEY)).isEqualTo(bytes(size, size));
    }
    put(tier, KEY, bytes(1, INLINE_BYTES + 1));
    assertThat(object()).isNotNull();
    assertThat(get(tier, KEY)).isEqualTo(bytes(1, INLINE_BYTES + 1));
  }

  @Test
  void aBodyThatComesInSmallPiecesIsTheSame() throws IOException {
    for (int size : new int[] {INLINE_BYTES, INLINE_BYTES + 1, 200_000}) {
      byte[] body = bytes(size, size);
      try (WriteHandle write = tier.openWrite(header(KEY), Condition.ALWAYS)) {
        for (int from = 0; from < size; from += 7_001) {
          write.write(ByteBuffer.wrap(body, from, Math.min(7_001, size - from)));
        }
        write.commit();
      }
      assertThat(get(tier, KEY)).as("%d bytes", size).isEqualTo(body);
    }
  }

  @Test
  void withoutABucketTheInlineLimitIsTheLimit() throws IOException {
    AwsSetup without = AwsSetup.here().withoutBucket();
    try (AwsTier small = without.open()) {
      assertThat(small.maxEntryBytes()).isEqualTo(INLINE_BYTES);
      put(small, KEY, bytes(1, INLINE_BYTES));
      assertThat(get(small, KEY)).isEqualTo(bytes(1, INLINE_BYTES));
      assertThatThrownBy(() -> put(small, KEY, bytes(1, INLINE_BYTES + 1)))
          .isInstanceOf(EntryTooLargeForTierException.class);
      assertThat(get(small, KEY)).isEqualTo(bytes(1, INLINE_BYTES));
    }
  }

  @Test
  void whoHasNoBucketIsToldWhatIsMissing() throws IOException {
    put(tier, KEY, bytes(1, 100_000));
    AwsSetup without = AwsSetup.here().namespace(setup.settings().namespace()).withoutBucket();
    try (AwsTier small = without.open()) {
      assertThat(small.lookup(KEY))
          .isInstanceOfSatisfying(
              Lookup.Skipped.class, skipped -> assertThat(skipped.detail()).contains("aws.bucket"));
    }
    assertThat(get(tier, KEY)).as("it is there").isEqualTo(bytes(1, 100_000));
  }

  @Test
  void anEntryWhoseObjectIsGoneGoes() throws IOException {
    long version = put(tier, KEY, bytes(1, 100_000));
    deleteObject(object());
    try (ReadHandle body = hit(tier, KEY).body()) {
      assertThatIOException().isThrownBy(() -> readAll(body));
    }
    assertThat(get(tier, KEY)).isNull();
    assertThat(left).containsExactly(new Left("aws", KEY, version, PurgeReason.EVICTION));
    assertThat(tier.usage().evictions()).isEqualTo(1);
  }

  @Test
  void aNewerEntryStaysThoughAReaderOfTheOldOneFails() throws IOException {
    put(tier, KEY, bytes(1, 100_000));
    String old = object();
    try (ReadHandle body = hit(tier, KEY).body()) {
      put(tier, KEY, bytes(2, 100_000));
      deleteObject(old);
      assertThatIOException().isThrownBy(() -> readAll(body));
    }
    assertThat(get(tier, KEY)).isEqualTo(bytes(2, 100_000));
    assertThat(left).isEmpty();
  }

  @Test
  void i11_anEntryWithAnotherBodyGoes() throws IOException {
    put(tier, key("other"), bytes(2, 100_000));
    long version = put(tier, KEY, bytes(1, 100_000));
    AwsClients clients = setup.clients();
    try (RawItems items = new RawItems(setup)) {
      String other = Attributes.text(items.get(key("other")), Attributes.OBJECT);
      String mine = object();
      clients
          .s3()
          .copyObject(
              copy ->
                  copy.sourceBucket(AwsSetup.BUCKET)
                      .sourceKey(other)
                      .destinationBucket(AwsSetup.BUCKET)
                      .destinationKey(mine));
    } finally {
      clients.close();
    }
    try (ReadHandle body = hit(tier, KEY).body()) {
      assertThatIOException().isThrownBy(() -> readAll(body));
    }
    assertThat(left).containsExactly(new Left("aws", KEY, version, PurgeReason.CORRUPTION));
    assertThat(get(tier, KEY)).isNull();
  }

  @Test
  void i11_anItemThatNamesTheObjectOfAnotherKeyIsNone() throws IOException {
    put(tier, key("other"), bytes(2, 100_000));
    put(tier, KEY, bytes(1, 100_000));
    try (RawItems items = new RawItems(setup)) {
      Map<String, AttributeValue> item = new HashMap<>(items.get(KEY));
      item.put(Attributes.OBJECT, items.get(key("other")).get(Attributes.OBJECT));
      items.put(item);
    }
    assertThat(get(tier, KEY)).isNull();
    assertThat(tier.usage().corruptions()).isEqualTo(1);
    assertThat(get(tier, key("other"))).as("it keeps its body").isEqualTo(bytes(2, 100_000));
  }

  @Test
  void aForgottenWriteLeavesNoObject() throws IOException {
    WriteHandle write = tier.openWrite(header(KEY).withBodyLength(100_000), Condition.ALWAYS);
    write.write(ByteBuffer.wrap(bytes(1, 90_000)));
    write.close();
    assertThat(get(tier, KEY)).isNull();
    AwsClients clients = setup.clients();
    String root = new BodyNames(setup.settings().prefix(), setup.keys().folder()).root();
    assertThat(clients.s3().listObjectsV2(r -> r.bucket(AwsSetup.BUCKET).prefix(root)).contents())
        .isEmpty();
    clients.close();
  }
}
