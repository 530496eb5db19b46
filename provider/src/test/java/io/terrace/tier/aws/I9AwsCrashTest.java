package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.aws.CallFault.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * I9: whichever call of a change fails, gets no answer, is made twice, or is the last of its
 * process, another process finds the entry as it was before or as it is after, whole; and nothing
 * stays in the bucket that no item refers to. The calls are counted, so that new ones are disturbed
 * as well.
 */
class I9AwsCrashTest {
  private static final EntryKey BYSTANDER = key("bystander");

  /** What each change comes to if nothing disturbs it. */
  private static final Map<Change, Outcome> UNDISTURBED = new EnumMap<>(Change.class);

  /** Held, so that not every tier has to make its own. */
  private static AwsClients clients;

  @BeforeAll
  static void openClients() throws IOException {
    clients = setup().sharingClients().clients();
    try (AwsTier tier = setup().sharingClients().open()) {
      put(tier, BYSTANDER, bytes(1, 100_000)); // table and bucket are there
    }
  }

  @AfterAll
  static void closeClients() {
    clients.close();
  }

  private static AwsSetup setup() {
    return AwsSetup.here()
        .partitions(1)
        .nanoClock(() -> 0) // nothing that is known gets too old
        .settings( // the calls have one order
            settings -> settings.partBytes(Change.PART_BYTES).partsInFlight(1));
  }

  /** What somebody who reads a key finds. */
  private record Found(
      @Nullable ByteBuffer body,
      long expiresAtMillis,
      @Nullable Metadata metadata,
      @Nullable Freshness freshness) {
    private static final Found NOTHING = new Found(null, EntryHeader.NEVER, null, null);

    static Found of(AwsTier tier, EntryKey key) throws IOException {
      Lookup lookup = tier.lookup(key);
      if (lookup instanceof Lookup.Hit hit) {
        EntryHeader header = hit.header();
        try (ReadHandle body = hit.body()) {
          ByteBuffer bytes = ByteBuffer.wrap(readAll(body));
          return new Found(bytes, header.expiresAtMillis(), header.metadata(), header.freshness());
        }
      }
      assertThat(lookup).isEqualTo(Lookup.MISS);
      return NOTHING;
    }

    static List<Found> of(AwsTier tier) throws IOException {
      return List.of(of(tier, Change.KEY), of(tier, BYSTANDER));
    }

    /** What a process finds that has just been started. */
    static List<Found> afresh(AwsSetup setup) throws IOException {
      try (AwsTier tier = setup.open()) {
        return of(tier);
      }
    }
  }

  /**
   * What came of a change.
   *
   * @param fault what disturbed it
   * @param made what its caller was told
   * @param failure or what it got instead
   * @param after what others found
   */
  private record Outcome(
      CallFault fault,
      @Nullable Boolean made,
      @Nullable IOException failure,
      List<Found> before,
      List<Found> after) {}

  private static Outcome disturb(Change change, Kind kind, int number) throws IOException {
    CallFault fault = new CallFault(kind, number);
    AwsSetup others = setup().sharingClients();
    AwsSetup its = setup().namespace(others.settings().namespace()).interceptor(fault);
    Outcome outcome;
    try (AwsTier other = others.open();
        AwsTier tier = its.open()) {
      put(other, BYSTANDER, bytes("stands by"));
      long version = change.prepare(other);
      List<Found> before = Found.of(other);
      Boolean made = null;
      IOException failure = null;
      try {
        made = change.make(tier, version);
      } catch (IOException e) {
        failure = e;
      }
      outcome = new Outcome(fault, made, failure, before, Found.afresh(others));
    }
    assertStandsASweep(others, outcome);
    return outcome;
  }

  private static void assertStandsASweep(AwsSetup setup, Outcome outcome) throws IOException {
    try (SweptBucket bucket = new SweptBucket(setup)) {
      bucket.sweep();
      assertThat(bucket.uploads()).isEmpty();
      assertThat(bucket.objects()).isEqualTo(bucket.referenced());
    }
    assertThat(Found.afresh(setup)).isEqualTo(outcome.after());
  }

  private static Outcome undisturbed(Change change) throws IOException {
    Outcome whole = UNDISTURBED.get(change);
    if (whole == null) {
      whole = disturb(change, Kind.NONE, 0);
      assertThat(whole.failure()).isNull();
      assertThat(whole.after().equals(whole.before())).isNotEqualTo(whole.made());
      UNDISTURBED.put(change, whole);
    }
    return whole;
  }

  private interface Check {
    void run(Outcome disturbed, Outcome whole);
  }

  /** Disturbs each of the calls that a change makes. */
  private static void disturbEach(Change change, Kind kind, Check check) throws IOException {
    Outcome whole = undisturbed(change);
    int calls = whole.fault().calls();
    assertThat(calls).isPositive();
    for (int number = 1; number <= calls; number++) {
      try {
        Outcome disturbed = disturb(change, kind, number);
        assertThat(disturbed.before()).isEqualTo(whole.before());
        check.run(disturbed, whole);
      } catch (AssertionError e) {
        throw new AssertionError("call " + number + " of " + calls + ": " + e.getMessage(), e);
      }
    }
  }

  private static void assertOldOrNew(Outcome disturbed, Outcome whole) {
    int changes = disturbed.fault().changes();
    if (changes == whole.fault().changes()) {
      assertThat(disturbed.after()).isEqualTo(whole.after());
    } else if (changes == 0) {
      assertThat(disturbed.after()).isEqualTo(whole.before());
    } else {
      assertThat(disturbed.after()).isIn(whole.before(), whole.after());
    }
    assertTold(disturbed, whole);
  }

  /** Who was told that it was made finds it, and who was told that it was not does not. */
  private static void assertTold(Outcome disturbed, Outcome whole) {
    if (disturbed.failure() == null) {
      assertThat(disturbed.made()).isEqualTo(whole.made());
      assertThat(disturbed.after()).isEqualTo(whole.after());
    } else if (!CallFailedException.mayBeDone(disturbed.failure())) {
      assertThat(disturbed.after()).isEqualTo(whole.before());
    }
  }

  @Test
  void theChangesMakeCallsOfAllKinds() throws IOException {
    Set<String> kinds = new TreeSet<>();
    for (Change change : Change.values()) {
      kinds.addAll(undisturbed(change).fault().kinds());
    }
    assertThat(kinds)
        .contains("PutItem", "UpdateItem", "PutObject", "DeleteObjects")
        .contains("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload");
  }

  @ParameterizedTest
  @EnumSource
  void i9_aProcessMayDieBeforeAnyCall(Change change) throws IOException {
    disturbEach(change, Kind.NO_MORE, I9AwsCrashTest::assertOldOrNew);
  }

  @ParameterizedTest
  @EnumSource
  void i9_anyCallMayFail(Change change) throws IOException {
    disturbEach(change, Kind.NOT_SENT, I9AwsCrashTest::assertOldOrNew);
  }

  @ParameterizedTest
  @EnumSource
  void i9_anyAnswerMayGetLost(Change change) throws IOException {
    disturbEach(change, Kind.ANSWER_LOST, I9AwsCrashTest::assertOldOrNew);
  }

  @ParameterizedTest
  @EnumSource
  void i9_anyCallMayBeMadeTwice(Change change) throws IOException {
    disturbEach(
        change,
        Kind.REPEATED,
        (disturbed, whole) -> {
          assertThat(disturbed.failure()).isNull();
          assertTold(disturbed, whole);
        });
  }
}
