package io.terrace.benchmarks.aws;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One object, stored by a multipart upload straight from an array, each part with its CRC32C, some
 * at once; and read by one GetObject. One thread calls.
 */
final class BareS3 implements Closeable {
  private static final String BUCKET = "bare";
  private static final String OBJECT = "value";
  private static final int READ_BYTES = 256 << 10;

  private final S3Client client;
  private final int partBytes;
  private final ExecutorService threads;
  private final byte[] chunk = new byte[READ_BYTES];

  /**
   * @param partBytes the size of one part
   * @param partsInFlight how many are uploaded at once
   */
  BareS3(AwsServices services, int partBytes, int partsInFlight) {
    client = BareClients.s3(services);
    this.partBytes = partBytes;
    threads = Executors.newFixedThreadPool(partsInFlight);
    try {
      client.createBucket(request -> request.bucket(BUCKET));
    } catch (BucketAlreadyOwnedByYouException e) {
      return; // its object is written again
    }
  }

  /** Replaces the object, and returns the number of its parts. */
  int write(byte[] body) throws InterruptedException, ExecutionException {
    String id =
        client
            .createMultipartUpload(
                request ->
                    request.bucket(BUCKET).key(OBJECT).checksumAlgorithm(ChecksumAlgorithm.CRC32_C))
            .uploadId();
    List<Future<CompletedPart>> uploads = new ArrayList<>();
    for (int from = 0; from < body.length; from += partBytes) {
      int offset = from;
      int number = uploads.size() + 1;
      uploads.add(threads.submit(() -> upload(id, number, body, offset)));
    }
    List<CompletedPart> parts = new ArrayList<>();
    for (Future<CompletedPart> upload : uploads) {
      parts.add(upload.get());
    }
    client.completeMultipartUpload(
        request ->
            request
                .bucket(BUCKET)
                .key(OBJECT)
                .uploadId(id)
                .multipartUpload(upload -> upload.parts(parts)));
    return parts.size();
  }

  private CompletedPart upload(String id, int number, byte[] body, int offset) {
    int length = Math.min(partBytes, body.length - offset);
    String checksum = checksum(body, offset, length);
    UploadPartResponse stored =
        client.uploadPart(
            request ->
                request
                    .bucket(BUCKET)
                    .key(OBJECT)
                    .uploadId(id)
                    .partNumber(number)
                    .checksumCRC32C(checksum),
            RequestBody.fromContentProvider(
                () -> new ByteArrayInputStream(body, offset, length),
                length,
                "application/octet-stream"));
    return CompletedPart.builder()
        .partNumber(number)
        .eTag(stored.eTag())
        .checksumCRC32C(checksum)
        .build();
  }

  private static String checksum(byte[] body, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(body, offset, length);
    byte[] value = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    return Base64.getEncoder().encodeToString(value);
  }

  /** Reads the whole object, hands each chunk to a target, and returns the length. */
  long read(WritableByteChannel target) throws IOException {
    long bytes = 0;
    try (InputStream in = client.getObject(request -> request.bucket(BUCKET).key(OBJECT))) {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        target.write(ByteBuffer.wrap(chunk, 0, count));
        bytes += count;
      }
    }
    return bytes;
  }

  @Override
  public void close() {
    threads.shutdown();
    client.close();
  }
}
