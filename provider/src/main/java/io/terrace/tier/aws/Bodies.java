package io.terrace.tier.aws;

import static java.util.Objects.requireNonNull;

import io.terrace.AwsSettings;
import io.terrace.PurgeReason;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.ReadHandle;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The long bodies of a cache, each in one object of S3 under a name of its own: they are written
 * and read in pieces, and never changed. What an upload or a read holds does not depend on the
 * length of the body. Thread safe.
 */
final class Bodies implements Closeable {
  private static final System.Logger LOGGER = System.getLogger(Bodies.class.getName());

  /** How many uploads may go at full speed; more share the threads. */
  private static final int FULL_SPEED_UPLOADS = 4;

  private final AwsSettings settings;
  private final InstantSource clock;
  private final IntFunction<byte[]> arrays;
  private final Bucket bucket;
  private final BodyNames names;
  private final Later later;
  private final DelayedDeletes deletes;
  private final ThreadPoolExecutor threads;
  private final Set<MultipartUpload> uploads = ConcurrentHashMap.newKeySet();
  private final Set<ObjectStream> streams = ConcurrentHashMap.newKeySet();
  private final int partBytes;

  /**
   * @param s3 stays open when this is closed; its socket time-out bounds how long a read waits for
   *     the next bytes
   * @param settings with a bucket
   * @param folder what the names of all bodies of this cache, and of no other one, begin with
   *     behind the prefix; without a slash
   */
  Bodies(S3Client s3, AwsSettings settings, String folder, InstantSource clock) {
    this(s3, settings, folder, clock, new Housekeeping("terrace-aws-cleaning"), byte[]::new);
  }

  /**
   * @param later runs what is done later; closed with this
   * @param arrays makes all arrays that parts and chunks of bodies are put into
   */
  Bodies(
      S3Client s3,
      AwsSettings settings,
      String folder,
      InstantSource clock,
      Later later,
      IntFunction<byte[]> arrays) {
    this.settings = settings;
    this.clock = clock;
    this.later = later;
    this.arrays = arrays;
    bucket = new Bucket(s3, settings, requireNonNull(settings.bucket()));
    names = new BodyNames(settings.prefix(), folder);
    deletes = new DelayedDeletes(bucket, settings.grace(), clock, later);
    threads = uploadThreads(settings);
    long chunks = (settings.partBytes() + BodyChunks.CHUNK_BYTES - 1L) / BodyChunks.CHUNK_BYTES;
    partBytes = (int) (chunks * BodyChunks.FRAME_BYTES);
  }

  private static ThreadPoolExecutor uploadThreads(AwsSettings settings) {
    int count = Math.min(settings.connections(), FULL_SPEED_UPLOADS * settings.partsInFlight());
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Housekeeping.daemon(task, "terrace-aws-upload"));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  Bucket bucket() {
    return bucket;
  }

  /** A name that no body ever had, below the key's own folder. */
  String newName(EntryKey key) {
    return names.newName(key);
  }

  /**
   * Begins to write a body; asks nothing of S3 yet.
   *
   * @param name a new one
   * @param declaredLength in bytes, from which follows how much room it takes at first; or {@link
   *     EntryHeader#UNKNOWN_LENGTH}
   */
  BodyUpload open(String name, long declaredLength) {
    int first = BodyChunks.FRAME_BYTES;
    if (declaredLength != EntryHeader.UNKNOWN_LENGTH) {
      long known = Math.min(declaredLength, partBytes);
      first = (int) Math.min(new BodyChunks(known).objectBytes(), partBytes);
    }
    return new ObjectUpload(this, name, new PartBuffer(arrays, first, partBytes));
  }

  /** Begins an upload in parts. */
  MultipartUpload begin(String name) throws IOException {
    MultipartUpload upload =
        new MultipartUpload(
            bucket,
            name,
            bucket.beginUpload(name),
            threads,
            settings.partsInFlight(),
            () -> new PartBuffer(arrays, partBytes, partBytes),
            uploads);
    uploads.add(upload);
    return upload;
  }

  /**
   * Opens a body for reading; nothing is asked of S3 before the first byte is wanted.
   *
   * @param bodyLength in bytes, from 0 to {@link BodyChunks#MAX_BODY_BYTES}
   * @param bodyChecksum CRC32C of the whole
   * @param onLost hears why the entry has to go, if the object is not there (EVICTION) or not what
   *     it has to be (CORRUPTION); called by the reading thread, which then gets an exception
   */
  ReadHandle read(String name, long bodyLength, int bodyChecksum, Consumer<PurgeReason> onLost) {
    BodyChunks chunks = new BodyChunks(bodyLength);
    ObjectStream stream = new ObjectStream(bucket, name, chunks.objectBytes(), streams);
    return new ObjectBody(bucket, stream, chunks, bodyChecksum, onLost, arrays);
  }

  /**
   * Deletes a body to which nothing refers any more, once the grace period is over in which it may
   * still be read. What is not deleted when this is closed is left to the sweeper.
   */
  void deleteLater(String name) {
    deletes.add(name);
  }

  /**
   * Deletes a body to which nothing ever referred. Does not fail: what cannot be deleted is tried
   * again later.
   */
  void deleteNow(String name) {
    boolean interrupted = Thread.interrupted(); // with its mark no request would work
    try {
      bucket.delete(List.of(name)).forEach(this::deleteLater);
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a refused body stays in S3 for now", e);
      deleteLater(name);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Looks for orphans from now on, if the settings want that. To be called once. */
  void sweep(Sweeper.References references, Sweeper.Lease lease) {
    if (settings.sweep()) {
      new Sweeper(bucket, names, settings.grace(), clock, references, lease, later).start();
    }
  }

  /**
   * Aborts the uploads and the reads that are open, and lets every later one fail. Blocks until no
   * thread of this is left at work.
   */
  @Override
  public void close() {
    bucket.close();
    streams.forEach(ObjectStream::close);
    for (MultipartUpload upload : uploads) {
      upload.abort();
    }
    threads.shutdown();
    Termination.await(threads);
    later.close();
    long left = deletes.leftBehind();
    if (left > 0) {
      LOGGER.log(Level.INFO, "replaced bodies that stay in S3 for a sweeper (aws.sweep): " + left);
    }
  }
}
