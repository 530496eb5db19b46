package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.readAll;
import static io.terrace.tier.aws.BucketSetup.checksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Waiting;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** An upload that is not completed leaves nothing behind, however it came to that. */
class UploadFailureTest {
  private static final int LENGTH = 3 * BucketSetup.PART_BYTES + 1;

  private final byte[] body = bytes(1, LENGTH);
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final ManualLater later = new ManualLater();
  private final BucketSetup setup = BucketSetup.here();
  private final Bodies bodies = setup.open(now::get, later, byte[]::new);
  private final String name = bodies.newName(key("k"));

  @AfterEach
  void nothingIsLeft() {
    now.set(Instant.EPOCH.plus(setup.settings().grace()));
    later.runAll(); // deletes what may have been stored
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private void assertFails() {
    assertThatIOException().isThrownBy(() -> BucketSetup.store(bodies, name, body));
    assertThat(setup.objects()).isEmpty();
    assertThat(setup.uploads()).isEmpty();
  }

  private long count(Class<? extends SdkRequest> kind) {
    return setup.faults().count(kind);
  }

  @Test
  void anAbortedUploadLeavesNothing() throws IOException {
    for (int length : new int[] {0, 1000, BucketSetup.PART_BYTES, LENGTH}) {
      try (BodyUpload upload = bodies.open(name, EntryHeader.UNKNOWN_LENGTH)) {
        upload.write(ByteBuffer.wrap(body, 0, length));
      }
      assertThat(setup.objects()).isEmpty();
      assertThat(setup.uploads()).isEmpty();
    }
    assertThat(count(AbortMultipartUploadRequest.class)).isEqualTo(1);
  }

  @Test
  void anyPartMayFail() {
    for (int part = 1; part <= 4; part++) {
      setup.faults().fail(UploadPartRequest.class, part);
      assertFails();
    }
    assertThat(count(CompleteMultipartUploadRequest.class)).isZero();
    assertThat(count(AbortMultipartUploadRequest.class)).isEqualTo(4);
  }

  @Test
  void theWriterHearsOfAFailedPartWhileItWrites() throws IOException {
    setup.faults().fail(UploadPartRequest.class, 1);
    BodyUpload upload = bodies.open(name, EntryHeader.UNKNOWN_LENGTH);
    ByteBuffer piece = ByteBuffer.allocate(BucketSetup.PART_BYTES);
    assertThatIOException()
        .isThrownBy(
            () -> {
              while (true) {
                upload.write(piece.clear());
              }
            })
        .withMessageContaining("refused by the test")
        .withMessageContaining("UploadPart");
    assertThatThrownBy(() -> upload.write(piece.clear())).isInstanceOf(IllegalStateException.class);
    assertThat(setup.uploads()).isEmpty();
    upload.close();
  }

  @Test
  void theBeginningMayFail() {
    setup.faults().fail(CreateMultipartUploadRequest.class, 1);
    assertFails();
  }

  @Test
  void theCompletionMayFail() {
    setup.faults().fail(CompleteMultipartUploadRequest.class, 1);
    assertFails();
  }

  @Test
  void aCompletionWhoseAnswerIsLostIsOne() throws IOException {
    setup.faults().loseAnswer(CompleteMultipartUploadRequest.class, 1);
    BucketSetup.store(bodies, name, body);
    try (ReadHandle read = bodies.read(name, LENGTH, checksum(body), reason -> {})) {
      assertThat(readAll(read)).isEqualTo(body);
    }
    bodies.deleteNow(name);
  }

  @Test
  void aShortBodyMayFail() {
    setup.faults().fail(PutObjectRequest.class, 1);
    assertThatIOException().isThrownBy(() -> BucketSetup.store(bodies, name, bytes(1, 1000)));
  }

  @Test
  void aShortBodyWhoseAnswerIsLostIsDeletedLater() {
    setup.faults().loseAnswer(PutObjectRequest.class, 1);
    assertThatIOException().isThrownBy(() -> BucketSetup.store(bodies, name, bytes(1, 1000)));
    assertThat(setup.objects()).containsExactly(name);
  }

  @Test
  void anInterruptionEndsTheWaitAndTheUpload() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    for (int part = 1; part <= 2; part++) {
      setup.faults().before(UploadPartRequest.class, part, () -> await(release));
    }
    Waiting<Boolean> writing =
        Waiting.on(
            () -> {
              BodyUpload upload = bodies.open(name, LENGTH);
              assertThatThrownBy(() -> upload.write(ByteBuffer.wrap(body)))
                  .isInstanceOf(InterruptedIOException.class);
              return Thread.interrupted();
            });
    writing.untilBlocked().interrupt();
    release.countDown();
    assertThat(writing.result()).as("still marked as interrupted").isTrue();
    assertThat(setup.uploads()).isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closingTheTierAbortsWhatIsOpen() throws IOException {
    BodyUpload upload = bodies.open(name, EntryHeader.UNKNOWN_LENGTH);
    upload.write(ByteBuffer.wrap(body, 0, LENGTH - 1));
    bodies.close();
    assertThat(setup.uploads()).isEmpty();
    BucketSetup.assertNoThreads();
    assertThatIOException().isThrownBy(() -> upload.write(ByteBuffer.allocate(1)));
    BodyUpload other = bodies.open(name, 1);
    assertThatIOException().isThrownBy(() -> other.write(ByteBuffer.allocate(1)));
  }

  @Test
  void aPartIsNotTriedAgainOnceTheUploadHasEnded() throws Exception {
    List<Waiting<?>> closing = new CopyOnWriteArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    setup
        .faults()
        .attempt(
            UploadPartRequest.class,
            1,
            () -> {
              if (closing.isEmpty()) {
                closing.add(Waiting.on(this::closeBodies).untilBlocked());
                ended.countDown();
                throw SdkClientException.create("broken", new SocketException("by the test"));
              }
            });
    BodyUpload upload = bodies.open(name, EntryHeader.UNKNOWN_LENGTH);
    upload.write(ByteBuffer.wrap(body, 0, BucketSetup.PART_BYTES + 1));
    await(ended);
    assertThatIOException().isThrownBy(upload::complete);
    closing.get(0).result();
    assertThat(count(UploadPartRequest.class)).isEqualTo(1);
    assertThat(setup.faults().answers(UploadPartRequest.class)).isZero();
  }

  private boolean closeBodies() {
    bodies.close();
    return true;
  }

  @Test
  void closingTheTierKeepsAnUploadFromItsCompletion() throws IOException {
    BodyUpload upload = bodies.open(name, LENGTH);
    upload.write(ByteBuffer.wrap(body));
    bodies.close();
    assertThatIOException().isThrownBy(upload::complete);
    assertThat(setup.objects()).isEmpty();
  }

  @Test
  void moreUploadsThanThreadsGoOnBesideOneAnother() throws Exception {
    byte[] longer = bytes(2, 2 * BucketSetup.PART_BYTES);
    Waiting<?>[] writers = new Waiting<?>[12];
    String[] names = new String[writers.length];
    for (int i = 0; i < writers.length; i++) {
      String each = bodies.newName(key(i));
      names[i] = each;
      writers[i] = Waiting.on(() -> BucketSetup.store(bodies, each, longer));
    }
    for (int i = 0; i < writers.length; i++) {
      writers[i].result();
      assertThat(BucketSetup.objectOf(names[i]))
          .hasSize((int) new BodyChunks(longer.length).objectBytes());
      bodies.deleteNow(names[i]);
    }
  }
}
