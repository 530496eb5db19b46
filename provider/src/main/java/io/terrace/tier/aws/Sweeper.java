package io.terrace.tier.aws;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Deletes the bodies of a cache that no item refers to: what a crash left behind. One of the
 * processes does it, every hour. An object is deleted if nothing refers to it twice, with the grace
 * period between: so what was replaced stays for its open readers, and what is just being committed
 * stays for good. Used by one thread at a time.
 */
final class Sweeper implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(Sweeper.class.getName());
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final Duration LONGEST_UPLOAD = Duration.ofDays(1);

  /** More are found by the passes that follow. */
  private static final int MAX_SUSPECTS = 10_000;

  private final Bucket bucket;
  private final BodyNames names;
  private final Duration grace;
  private final InstantSource clock;
  private final References references;
  private final Lease lease;
  private final Later later;
  private List<String> suspects = List.of();
  private Instant suspectedAt = Instant.MIN;

  /** Knows which bodies are in use. */
  @FunctionalInterface
  interface References {
    /**
     * Whether the item of a key refers to a body; blocks.
     *
     * @throws IOException if that cannot be known
     */
    boolean isReferenced(String name, BodyNames.KeyHash key) throws IOException;
  }

  /** Lets one process at a time do what concerns all. */
  @FunctionalInterface
  interface Lease {
    /**
     * Takes the lease, or takes it anew; blocks. Whether it is this process's for that long.
     *
     * @throws IOException if that cannot be known
     */
    boolean tryLease(Duration life) throws IOException;
  }

  Sweeper(
      Bucket bucket,
      BodyNames names,
      Duration grace,
      InstantSource clock,
      References references,
      Lease lease,
      Later later) {
    this.bucket = bucket;
    this.names = names;
    this.grace = grace;
    this.clock = clock;
    this.references = references;
    this.lease = lease;
    this.later = later;
  }

  /** Begins: the first pass comes in an hour. */
  void start() {
    later.run(period(), this);
  }

  /** Long enough that a suspect of one pass is judged in the next. */
  private Duration period() {
    return grace.compareTo(PERIOD) > 0 ? grace : PERIOD;
  }

  @Override
  public void run() {
    try {
      pass();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "orphaned bodies stay in S3 for another hour", e);
    } finally {
      start();
    }
  }

  /** Deletes what the last pass suspected, and looks for more if the lease is to be had. */
  void pass() throws IOException {
    if (!suspects.isEmpty() && clock.instant().isBefore(suspectedAt.plus(grace))) {
      return;
    }
    deleteSuspects();
    if (lease.tryLease(period())) {
      abortOldUploads();
      findSuspects();
    }
  }

  private void deleteSuspects() throws IOException {
    List<String> judged = suspects;
    suspects = List.of();
    List<String> orphans = new ArrayList<>();
    for (String name : judged) {
      if (isOrphan(name)) {
        orphans.add(name);
      }
    }
    for (int from = 0; from < orphans.size(); from += Bucket.DELETED_AT_ONCE) {
      bucket.requireOpen();
      bucket.delete(orphans.subList(from, Math.min(from + Bucket.DELETED_AT_ONCE, orphans.size())));
    }
    if (!orphans.isEmpty()) {
      LOGGER.log(Level.INFO, "orphaned bodies that were deleted from S3: " + orphans.size());
    }
  }

  private boolean isOrphan(String name) throws IOException {
    bucket.requireOpen();
    BodyNames.KeyHash key = names.keyHash(name);
    return key != null && !references.isReferenced(name, key);
  }

  private void findSuspects() throws IOException {
    List<String> found = new ArrayList<>();
    Instant oldest = clock.instant().minus(grace);
    String continuation = null;
    do {
      ListObjectsV2Response page = bucket.list(names.root(), continuation);
      for (S3Object object : page.contents()) {
        if (found.size() < MAX_SUSPECTS
            && object.lastModified().isBefore(oldest)
            && isOrphan(object.key())) {
          found.add(object.key());
        }
      }
      continuation = page.nextContinuationToken();
    } while (continuation != null && found.size() < MAX_SUSPECTS);
    suspects = found;
    suspectedAt = clock.instant();
  }

  private void abortOldUploads() throws IOException {
    Instant oldest = clock.instant().minus(LONGEST_UPLOAD);
    String key = null;
    String id = null;
    boolean more = true;
    while (more) {
      ListMultipartUploadsResponse page = bucket.listUploads(names.root(), key, id);
      for (MultipartUpload upload : page.uploads()) {
        if (isOlder(upload.initiated(), oldest) && names.keyHash(upload.key()) != null) {
          bucket.abortUpload(upload.key(), upload.uploadId());
        }
      }
      key = page.nextKeyMarker();
      id = page.nextUploadIdMarker();
      more = Boolean.TRUE.equals(page.isTruncated());
    }
  }

  private static boolean isOlder(@Nullable Instant time, Instant limit) {
    return time != null && time.isBefore(limit);
  }
}
