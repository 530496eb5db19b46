package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The bucket is made if that is wanted, and what fails says what to change. */
class BucketTest {
  private static final AtomicInteger BUCKETS = new AtomicInteger();

  private final String name = "bucket-" + BUCKETS.incrementAndGet();
  private final BucketSetup setup = BucketSetup.here().bucket(name);

  @AfterEach
  void close() {
    setup.close();
    BucketSetup.assertNoThreads();
  }

  private void store() throws IOException {
    try (Bodies bodies = setup.open()) {
      BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, 100));
    }
  }

  @Test
  void aMissingBucketIsMadeOnceIfThatIsWanted() throws IOException {
    setup.create();
    try (Bodies bodies = setup.open()) {
      for (int length : new int[] {100, BucketSetup.PART_BYTES + 1, 100}) {
        BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, length));
      }
    }
    assertThat(setup.faults().kinds())
        .startsWith("HeadBucket", "CreateBucket", "PutObject", "CreateMultipartUpload")
        .endsWith("PutObject");
    assertThat(setup.faults().count(HeadBucketRequest.class)).isEqualTo(1);
    setup.faults().forget();
    store();
    assertThat(setup.faults().kinds()).containsExactly("HeadBucket", "PutObject");
  }

  @Test
  void itIsAskedForAgainAfterAFailure() throws IOException {
    setup.create().faults().fail(HeadBucketRequest.class, 1);
    try (Bodies bodies = setup.open()) {
      for (int i = 0; i < 2; i++) {
        try {
          BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, 100));
          assertThat(i).isEqualTo(1);
        } catch (IOException e) {
          assertThat(i).isZero();
        }
      }
    }
  }

  @Test
  void nothingIsAskedOfItBeforeItIsNeeded() {
    setup.create().open().close();
    assertThat(setup.faults().kinds()).isEmpty();
  }

  @Test
  void aMissingBucketIsNamed() {
    assertThatIOException()
        .isThrownBy(this::store)
        .withMessageContaining("'" + name + "'")
        .withMessageContaining("create it or set aws.create = true");
    try (Bodies bodies = setup.open();
        ReadHandle read =
            bodies.read(
                bodies.newName(key("k")),
                100,
                1,
                reason -> {
                  throw new AssertionError("the entry is not to blame");
                })) {
      assertThatIOException()
          .isThrownBy(() -> read.read(ByteBuffer.allocate(1)))
          .withMessageContaining("create it or set aws.create = true");
    }
  }

  @Test
  void wrongKeysAreNamed() {
    assertFails("no-such-key", BucketSetup.shared().secretKey(), "aws.access-key");
    assertFails(BucketSetup.shared().accessKey(), "no-such-secret", "aws.secret-key");
  }

  private static void assertFails(String accessKey, String secretKey, String setting) {
    assertFails(
        StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)),
        setting);
  }

  private static void assertFails(AwsCredentialsProvider credentials, String setting) {
    BucketSetup setup = BucketSetup.here();
    try (S3Client client =
            S3Client.builder()
                .endpointOverride(BucketSetup.shared().endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(credentials)
                .build();
        Bodies bodies = new Bodies(client, setup.settings(), "cache", InstantSource.system())) {
      assertThatIOException()
          .isThrownBy(() -> BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, 100)))
          .withMessageContaining(setting);
    }
  }

  @Test
  void missingCredentialsAreNamed() {
    assertFails(
        AwsCredentialsProviderChain.of(ProfileCredentialsProvider.create("no such profile")),
        "aws.access-key and aws.secret-key");
  }

  @Test
  void aRefusalSaysWhichActionToAllow() {
    BucketFailures failures = new BucketFailures("images", "terrace/");
    for (BucketOperation operation : BucketOperation.values()) {
      IOException failure = failures.explain(operation, refusal(403, "AccessDenied"));
      assertThat(failure)
          .hasMessageContaining("403 AccessDenied")
          .hasMessageContaining(operation + " in bucket 'images'")
          .hasMessageContaining("allow s3:")
          .hasMessageContaining("arn:aws:s3:::images");
      assertThat(BucketFailures.mayBeDone(failure)).isFalse();
    }
    assertThat(failures.explain(BucketOperation.UPLOAD_PART, refusal(403, "AccessDenied")))
        .hasMessageContaining("allow s3:PutObject on arn:aws:s3:::images/terrace/*");
    assertThat(failures.explain(BucketOperation.LIST_OBJECTS, refusal(403, "AccessDenied")))
        .hasMessageEndingWith("allow s3:ListBucket on arn:aws:s3:::images)");
  }

  @Test
  void anotherRegionIsNamed() {
    BucketFailures failures = new BucketFailures("images", "terrace/");
    for (S3Exception moved :
        new S3Exception[] {
          refusal(301, "PermanentRedirect"),
          refusal(301, ""),
          refusal(400, "AuthorizationHeaderMalformed")
        }) {
      assertThat(failures.explain(BucketOperation.GET_OBJECT, moved))
          .hasMessageContaining("set aws.region");
    }
  }

  private static S3Exception refusal(int status, String code) {
    return (S3Exception)
        S3Exception.builder()
            .statusCode(status)
            .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
            .build();
  }

  @Test
  void aTimeOutIsOne() {
    BucketFailures failures = new BucketFailures("images", "terrace/");
    IOException failure =
        failures.explain(BucketOperation.PUT_OBJECT, ApiCallAttemptTimeoutException.create(5));
    assertThat(failure).isInstanceOf(SocketTimeoutException.class);
    assertThat(failure).hasMessageContaining("aws.request-timeout");
    assertThat(BucketFailures.mayBeDone(failure)).isTrue();
    assertThat(
            BucketFailures.mayBeDone(
                failures.explain(BucketOperation.PUT_OBJECT, refusal(503, "SlowDown"))))
        .isTrue();
    assertThat(failures.explain(BucketOperation.PUT_OBJECT, SdkClientException.create("broken")))
        .hasMessageContaining("broken");
  }

  @Test
  void anInterruptedThreadStaysInterrupted() {
    setup.create().faults().before(PutObjectRequest.class, 1, Thread.currentThread()::interrupt);
    assertThatIOException()
        .isThrownBy(this::store)
        .isInstanceOf(InterruptedIOException.class)
        .withMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aConnectionThatIsNotToBeHadIsNamed() throws IOException {
    IOException failure =
        new BucketFailures("images", "terrace/")
            .explain(
                BucketOperation.GET_OBJECT,
                SdkClientException.create(
                    "Unable to execute HTTP request: Timeout waiting for connection from pool"));
    assertThat(failure).hasMessageContaining("aws.connections");
  }
}
