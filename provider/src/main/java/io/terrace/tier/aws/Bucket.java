package io.terrace.tier.aws;

import io.terrace.AwsSettings;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The bucket that holds long bodies: the requests that are made to S3, each of which blocks within
 * its time-out and fails with an exception that says what to change. Thread safe.
 */
final class Bucket {
  private static final System.Logger LOGGER = System.getLogger(Bucket.class.getName());

  /** The most names in one request to delete. */
  static final int DELETED_AT_ONCE = 1000;

  /** A connection that takes less in a second is not waited for. */
  private static final long SLOWEST_BYTES_PER_SECOND = 512 << 10;

  /** How many times longer what concerns many objects or parts may take. */
  private static final int PATIENCE = 10;

  private static final String CLOSED = "the aws tier is closed";

  private final S3Client s3;
  private final AwsSettings settings;
  private final String name;
  private final BucketFailures failures;
  private final AwsRequestOverrideConfiguration soon;
  private final AwsRequestOverrideConfiguration late;
  private volatile boolean ready;
  private volatile boolean closed;

  Bucket(S3Client s3, AwsSettings settings, String name) {
    this.s3 = s3;
    this.settings = settings;
    this.name = name;
    failures = new BucketFailures(name, settings.prefix());
    soon = within(settings.requestTimeout());
    late = within(settings.requestTimeout().multipliedBy(PATIENCE));
    ready = !settings.create();
  }

  private <T> T call(BucketOperation operation, Supplier<T> request) throws IOException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw failures.explain(operation, e);
    } catch (IllegalStateException | RejectedExecutionException e) { // of a closed client
      throw new IOException(CLOSED, e);
    }
  }

  private static AwsRequestOverrideConfiguration within(Duration timeout) {
    return AwsRequestOverrideConfiguration.builder().apiCallAttemptTimeout(timeout).build();
  }

  private AwsRequestOverrideConfiguration withinUploadOf(long bytes) {
    long millis = bytes * 1000 / SLOWEST_BYTES_PER_SECOND;
    return within(settings.requestTimeout().plusMillis(millis));
  }

  /**
   * Makes the bucket if it is not there and the settings want that; once it is known to be there,
   * nothing is asked.
   */
  void ensure() throws IOException {
    requireOpen();
    if (!ready) {
      create();
    }
  }

  /** May run beside itself: all but one find that the bucket is theirs already. */
  private void create() throws IOException {
    try {
      s3.headBucket(request -> request.bucket(name).overrideConfiguration(soon));
    } catch (NoSuchBucketException e) {
      createAbsent();
    } catch (S3Exception e) {
      LOGGER.log(Level.DEBUG, "cannot see whether the bucket is there", e); // writing will tell
    } catch (SdkException e) {
      throw failures.explain(BucketOperation.HEAD_BUCKET, e);
    }
    ready = true;
  }

  private void createAbsent() throws IOException {
    try {
      s3.createBucket(request -> request.bucket(name).overrideConfiguration(late));
    } catch (BucketAlreadyOwnedByYouException e) {
      LOGGER.log(Level.DEBUG, "somebody else has just made the bucket", e);
    } catch (SdkException e) {
      throw failures.explain(BucketOperation.CREATE_BUCKET, e);
    }
  }

  /** Stores a whole object. */
  void put(String object, PartBuffer body) throws IOException {
    ensure();
    call(
        BucketOperation.PUT_OBJECT,
        () ->
            s3.putObject(
                request ->
                    request
                        .bucket(name)
                        .key(object)
                        .checksumCRC32C(body.checksum())
                        .overrideConfiguration(withinUploadOf(body.length())),
                body.requestBody(() -> true)));
  }

  /** Begins an object in parts, and returns the id of the upload. */
  String beginUpload(String object) throws IOException {
    ensure();
    return call(
        BucketOperation.CREATE_MULTIPART_UPLOAD,
        () ->
            s3.createMultipartUpload(
                    request ->
                        request
                            .bucket(name)
                            .key(object)
                            .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                            .overrideConfiguration(soon))
                .uploadId());
  }

  /**
   * Stores one part.
   *
   * @param number from 1 on
   * @param wanted whether to try it again if it fails
   */
  CompletedPart uploadPart(
      String object, String uploadId, int number, PartBuffer part, BooleanSupplier wanted)
      throws IOException {
    requireOpen();
    String checksum = part.checksum();
    String tag =
        call(
            BucketOperation.UPLOAD_PART,
            () ->
                s3.uploadPart(
                        request ->
                            request
                                .bucket(name)
                                .key(object)
                                .uploadId(uploadId)
                                .partNumber(number)
                                .checksumCRC32C(checksum)
                                .overrideConfiguration(withinUploadOf(part.length())),
                        part.requestBody(wanted))
                    .eTag());
    return CompletedPart.builder().partNumber(number).eTag(tag).checksumCRC32C(checksum).build();
  }

  /**
   * Makes an object of its parts.
   *
   * @param objectBytes the length of all of them together
   */
  void completeUpload(String object, String uploadId, List<CompletedPart> parts, long objectBytes)
      throws IOException {
    requireOpen();
    call(
        BucketOperation.COMPLETE_MULTIPART_UPLOAD,
        () ->
            s3.completeMultipartUpload(
                request ->
                    request
                        .bucket(name)
                        .key(object)
                        .uploadId(uploadId)
                        .multipartUpload(upload -> upload.parts(parts))
                        .mpuObjectSize(objectBytes)
                        .overrideConfiguration(late)));
  }

  /** Drops the parts of an object that is not to be. */
  void abortUpload(String object, String uploadId) throws IOException {
    call(
        BucketOperation.ABORT_MULTIPART_UPLOAD,
        () ->
            s3.abortMultipartUpload(
                request ->
                    request
                        .bucket(name)
                        .key(object)
                        .uploadId(uploadId)
                        .overrideConfiguration(soon)));
  }

  /** The length of an object in bytes. */
  long length(String object) throws IOException {
    return call(
        BucketOperation.HEAD_OBJECT,
        () ->
            s3.headObject(request -> request.bucket(name).key(object).overrideConfiguration(soon))
                .contentLength());
  }

  /**
   * Opens a part of an object; whoever gets the stream closes or aborts it.
   *
   * @param from the first byte
   * @param to the last one, included
   * @throws LostBodyException if there is no such object, or no such byte in it
   */
  ResponseInputStream<GetObjectResponse> get(String object, long from, long to) throws IOException {
    requireOpen();
    GetObjectRequest request =
        GetObjectRequest.builder()
            .bucket(name)
            .key(object)
            .range("bytes=" + from + "-" + to)
            .overrideConfiguration(soon)
            .build();
    return call(BucketOperation.GET_OBJECT, () -> Interrupts.heldOff(() -> s3.getObject(request)));
  }

  /**
   * Deletes objects; one that is not there counts as deleted.
   *
   * @param objects from 1 to {@link #DELETED_AT_ONCE} names
   * @return the names of those that may still be there
   */
  List<String> delete(List<String> objects) throws IOException {
    List<ObjectIdentifier> identifiers = new ArrayList<>(objects.size());
    for (String object : objects) {
      identifiers.add(ObjectIdentifier.builder().key(object).build());
    }
    DeleteObjectsRequest request =
        DeleteObjectsRequest.builder()
            .bucket(name)
            .delete(delete -> delete.objects(identifiers).quiet(true))
            .overrideConfiguration(objects.size() == 1 ? soon : late)
            .build();
    List<S3Error> errors =
        call(BucketOperation.DELETE_OBJECTS, () -> s3.deleteObjects(request).errors());
    if (!errors.isEmpty()) {
      LOGGER.log(
          Level.DEBUG, "S3 did not delete " + errors.size() + ", the first: " + errors.get(0));
    }
    return errors.stream().map(S3Error::key).toList();
  }

  /** A page of the objects under a prefix, in the order of their names. */
  ListObjectsV2Response list(String prefix, @Nullable String continuation) throws IOException {
    requireOpen();
    return call(
        BucketOperation.LIST_OBJECTS,
        () ->
            s3.listObjectsV2(
                request ->
                    request
                        .bucket(name)
                        .prefix(prefix)
                        .continuationToken(continuation)
                        .overrideConfiguration(late)));
  }

  /** A page of the unfinished uploads under a prefix, after a key and an id. */
  ListMultipartUploadsResponse listUploads(
      String prefix, @Nullable String afterKey, @Nullable String afterId) throws IOException {
    requireOpen();
    return call(
        BucketOperation.LIST_MULTIPART_UPLOADS,
        () ->
            s3.listMultipartUploads(
                request ->
                    request
                        .bucket(name)
                        .prefix(prefix)
                        .keyMarker(afterKey)
                        .uploadIdMarker(afterId)
                        .overrideConfiguration(late)));
  }

  /**
   * @throws IOException if {@link #close} was called
   */
  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(CLOSED);
    }
  }

  /** Lets everything fail but what cleans up. The client stays open. */
  void close() {
    closed = true;
  }
}
