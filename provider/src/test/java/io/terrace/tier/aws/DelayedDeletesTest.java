package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;

/** What was replaced is deleted after the grace period, and not before. */
class DelayedDeletesTest {
  private static final Duration GRACE = Duration.ofHours(1);

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final ManualLater later = new ManualLater();
  private final BucketSetup setup = BucketSetup.here().grace(GRACE);
  private final Bodies bodies = setup.open(now::get, later, byte[]::new);

  @AfterEach
  void close() {
    setup.deleteObjects();
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private String store(int number) throws IOException {
    return BucketSetup.store(bodies, bodies.newName(key(number)), bytes(number, 10));
  }

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }

  private long requests() {
    return setup.faults().count(DeleteObjectsRequest.class);
  }

  @Test
  void deletesAfterTheGracePeriod() throws IOException {
    bodies.deleteLater(store(1));
    pass(GRACE.minusMillis(1));
    later.runAll();
    assertThat(setup.objects()).hasSize(1);
    assertThat(requests()).isZero();
    pass(Duration.ofMillis(1));
    later.runAll();
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void isWokenOnceForAllThatComeTogether() throws IOException {
    for (int i = 0; i < 5; i++) {
      bodies.deleteLater(store(i));
      pass(Duration.ofSeconds(10));
    }
    assertThat(later.delays()).containsExactly(GRACE.plusMinutes(1));
    pass(GRACE);
    later.runAll();
    assertThat(setup.objects()).isEmpty();
    assertThat(requests()).isEqualTo(1);
    assertThat(later.delays()).as("nothing waits, so no thread does").isEmpty();
  }

  @Test
  void isWokenAgainForWhatIsNotDue() throws IOException {
    bodies.deleteLater(store(1));
    pass(Duration.ofMinutes(30));
    String second = store(2);
    bodies.deleteLater(second);
    pass(Duration.ofMinutes(31));
    later.runAll();
    assertThat(setup.objects()).containsExactly(second);
    assertThat(later.delays()).containsExactly(Duration.ofMinutes(30));
    pass(Duration.ofMinutes(30));
    later.runAll();
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void deletesAThousandInOneRequest() throws IOException {
    for (int i = 0; i < 2001; i++) {
      bodies.deleteLater(i % 1000 == 0 ? store(i) : bodies.newName(key(i)));
    }
    assertThat(setup.objects()).hasSize(3);
    pass(GRACE);
    later.runAll();
    assertThat(setup.objects()).isEmpty();
    assertThat(requests()).isEqualTo(3);
  }

  @Test
  void triesAgainAfterAnotherGracePeriod() throws IOException {
    setup.faults().fail(DeleteObjectsRequest.class, 1);
    bodies.deleteLater(store(1));
    pass(GRACE);
    later.runAll();
    assertThat(setup.objects()).hasSize(1);
    pass(GRACE);
    later.runAll();
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void aRefusedBodyGoesAtOnceOrLater() throws IOException {
    bodies.deleteNow(store(1));
    assertThat(setup.objects()).isEmpty();
    String name = store(2);
    setup.faults().fail(DeleteObjectsRequest.class, 1);
    bodies.deleteNow(name);
    assertThat(setup.objects()).containsExactly(name);
    pass(GRACE);
    later.runAll();
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void deletesInAThreadThatMayBeInterrupted() throws IOException {
    String name = store(1);
    Thread.currentThread().interrupt();
    bodies.deleteNow(name);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void whatIsPendingStaysWhenTheTierIsClosed() throws IOException {
    String name = store(1);
    bodies.deleteLater(name);
    pass(GRACE);
    bodies.close();
    later.runAll();
    assertThat(setup.objects()).containsExactly(name);
    BucketSetup.deleteObject(name);
  }
}
