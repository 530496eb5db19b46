package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/** Orphans go, and nothing else does. */
class SweeperTest {
  private static final Duration GRACE = Duration.ofHours(2);

  /** After all that the test stores, by the server's clock. */
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.now().plus(Duration.ofMinutes(1)));

  private final Set<String> referenced = new HashSet<>();
  private final List<Duration> leases = new ArrayList<>();
  private boolean leased = true;
  private final ManualLater later = new ManualLater();
  private final BucketSetup setup = BucketSetup.here().grace(GRACE).sweep();
  private final Bodies bodies = setup.open(now::get, later, byte[]::new);
  private final Sweeper sweeper =
      new Sweeper(
          bodies.bucket(),
          setup.names(),
          GRACE,
          now::get,
          (name, key) -> referenced.contains(name),
          this::lease,
          later);

  private boolean lease(Duration life) {
    leases.add(life);
    return leased;
  }

  @AfterEach
  void close() {
    setup.deleteObjects();
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private String store(EntryKey key) throws IOException {
    return BucketSetup.store(bodies, bodies.newName(key), bytes("body"));
  }

  private void passAfter(Duration time) throws IOException {
    now.updateAndGet(instant -> instant.plus(time));
    sweeper.pass();
  }

  @Test
  void deletesWhatNothingRefersToForAGracePeriod() throws IOException {
    String kept = store(key("k"));
    referenced.add(kept);
    store(key("k"));
    store(key("other"));
    passAfter(GRACE);
    assertThat(setup.objects()).as("seen for the first time").hasSize(3);
    passAfter(GRACE.minusMillis(1));
    assertThat(setup.objects()).as("may still be read").hasSize(3);
    passAfter(Duration.ofMillis(1));
    assertThat(setup.objects()).containsExactly(kept);
  }

  @Test
  void keepsWhatIsCommittedMeanwhile() throws IOException {
    String name = store(key("k"));
    passAfter(GRACE);
    referenced.add(name);
    passAfter(GRACE);
    passAfter(GRACE);
    assertThat(setup.objects()).containsExactly(name);
  }

  @Test
  void asksOfNothingThatIsYoungerThanTheGracePeriod() throws IOException {
    store(key("k"));
    passAfter(GRACE.minusMinutes(2));
    passAfter(Duration.ofMinutes(2));
    assertThat(setup.objects()).as("a suspect from now on").hasSize(1);
    passAfter(GRACE);
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void leavesAloneWhatItDidNotName() throws IOException {
    String other = setup.names().root() + "someone's file";
    BucketSetup.putObject(other, bytes("theirs"));
    passAfter(GRACE);
    passAfter(GRACE);
    assertThat(setup.objects()).containsExactly(other);
  }

  @Test
  void onlyWhoHasTheLeaseLooks() throws IOException {
    store(key("k"));
    leased = false;
    passAfter(GRACE);
    passAfter(GRACE);
    assertThat(setup.objects()).hasSize(1);
    assertThat(setup.faults().count(ListObjectsV2Request.class)).isZero();
    assertThat(leases).containsExactly(GRACE, GRACE);
  }

  @Test
  void looksPageByPage() throws IOException {
    for (int i = 0; i < 9; i++) {
      String name = store(key(i));
      if (i % 3 != 0) {
        referenced.add(name);
      }
    }
    setup.faults().namesInAPage(2);
    passAfter(GRACE);
    assertThat(setup.faults().count(ListObjectsV2Request.class)).isEqualTo(5);
    passAfter(GRACE);
    assertThat(setup.objects()).hasSize(6).allMatch(referenced::contains);
  }

  @Test
  void abortsUploadsThatAreADayOld() throws IOException {
    setup.faults().namesInAPage(1);
    try (BodyUpload first = bodies.open(bodies.newName(key(1)), EntryHeader.UNKNOWN_LENGTH);
        BodyUpload second = bodies.open(bodies.newName(key(2)), EntryHeader.UNKNOWN_LENGTH)) {
      first.write(ByteBuffer.allocate(BucketSetup.PART_BYTES + 1));
      second.write(ByteBuffer.allocate(BucketSetup.PART_BYTES + 1));
      passAfter(Duration.ofHours(23));
      assertThat(setup.uploads()).hasSize(2);
      passAfter(Duration.ofHours(1));
      assertThat(setup.uploads()).isEmpty();
    }
  }

  @Test
  void deletesNothingWhileItCannotBeKnown() throws IOException {
    store(key("k"));
    Sweeper unsure =
        new Sweeper(
            bodies.bucket(),
            setup.names(),
            Duration.ofMillis(1),
            now::get,
            (name, key) -> {
              throw new IOException("not known");
            },
            this::lease,
            later);
    assertThatIOException().isThrownBy(unsure::pass);
    unsure.run();
    assertThat(setup.objects()).hasSize(1);
    assertThat(later.delays()).as("the next pass").containsExactly(Duration.ofHours(1));
  }

  @Test
  void runsOnlyIfTheSettingsSaySo() {
    bodies.sweep((name, key) -> true, life -> true);
    assertThat(later.delays()).containsExactly(GRACE);
    ManualLater never = new ManualLater();
    try (BucketSetup other = BucketSetup.here();
        Bodies unswept = other.open(now::get, never, byte[]::new)) {
      unswept.sweep((name, key) -> true, life -> true);
      assertThat(never.delays()).isEmpty();
    }
  }
}
