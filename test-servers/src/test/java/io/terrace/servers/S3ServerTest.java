package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ServerTest {
  private static final String BUCKET = "bodies";

  @Test
  void servesObjectsAndRangesUntilItIsClosed() {
    S3Server server = S3Server.start();
    try (server;
        S3Client client = AwsClients.s3(server)) {
      client.createBucket(r -> r.bucket(BUCKET));
      client.putObject(r -> r.bucket(BUCKET).key("a/b"), RequestBody.fromString("0123456789"));
      assertThat(read(client, "a/b", null)).asString().isEqualTo("0123456789");
      assertThat(read(client, "a/b", "bytes=3-5")).asString().isEqualTo("345");
      assertThat(client.listObjectsV2(r -> r.bucket(BUCKET).prefix("a/")).contents()).hasSize(1);

      client.deleteObject(r -> r.bucket(BUCKET).key("a/b"));
      assertThatThrownBy(() -> read(client, "a/b", null)).isInstanceOf(NoSuchKeyException.class);
    }
    assertThat(server.isRunning()).isFalse();
    assertThat(server.directory()).doesNotExist();
  }

  @Test
  void putsLargeObjectsTogetherFromParts() {
    byte[] body = new byte[(5 << 20) + 17];
    new Random(7).nextBytes(body);
    try (S3Server server = S3Server.start();
        S3Client client = AwsClients.s3(server)) {
      client.createBucket(r -> r.bucket(BUCKET));
      String upload = client.createMultipartUpload(r -> r.bucket(BUCKET).key("k")).uploadId();
      CompletedPart first = part(client, upload, 1, Arrays.copyOf(body, 5 << 20));
      CompletedPart last = part(client, upload, 2, Arrays.copyOfRange(body, 5 << 20, body.length));
      assertThatThrownBy(() -> read(client, "k", null)).isInstanceOf(NoSuchKeyException.class);

      client.completeMultipartUpload(
          r ->
              r.bucket(BUCKET)
                  .key("k")
                  .uploadId(upload)
                  .multipartUpload(m -> m.parts(first, last)));
      assertThat(read(client, "k", null)).isEqualTo(body);
    }
  }

  @Test
  void dataSurvivesAKill() {
    try (S3Server server = S3Server.start();
        S3Client client = AwsClients.s3(server)) {
      client.createBucket(r -> r.bucket(BUCKET));
      client.putObject(r -> r.bucket(BUCKET).key("k"), RequestBody.fromString("kept"));
      server.kill();
      assertThatThrownBy(client::listBuckets).isInstanceOf(SdkClientException.class);

      server.restart();
      assertThat(read(client, "k", null)).asString().isEqualTo("kept");
    }
  }

  @Test
  void dataSurvivesAnOrderlyStopThoughClientsAreConnected() {
    try (S3Server server = S3Server.start();
        S3Client client = AwsClients.s3(server)) {
      client.createBucket(r -> r.bucket(BUCKET));
      client.putObject(r -> r.bucket(BUCKET).key("k"), RequestBody.fromString("kept"));
      server.pause();
      server.stop();
      assertThat(server.isRunning()).isFalse();

      server.restart();
      try (S3Client reconnected = AwsClients.s3(server)) {
        assertThat(read(reconnected, "k", null)).asString().isEqualTo("kept");
      }
    }
  }

  @Test
  void checksSignatures() {
    try (S3Server server = S3Server.start();
        S3Client stranger = AwsClients.s3(server, "guess")) {
      assertThatThrownBy(stranger::listBuckets)
          .isInstanceOf(S3Exception.class)
          .hasMessageContaining("signature");
    }
  }

  private static byte[] read(S3Client client, String key, String range) {
    return client.getObjectAsBytes(r -> r.bucket(BUCKET).key(key).range(range)).asByteArray();
  }

  private static CompletedPart part(S3Client client, String upload, int number, byte[] bytes) {
    String tag =
        client
            .uploadPart(
                r -> r.bucket(BUCKET).key("k").uploadId(upload).partNumber(number),
                RequestBody.fromBytes(bytes))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).build();
  }
}
