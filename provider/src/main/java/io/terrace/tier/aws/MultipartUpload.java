package io.terrace.tier.aws;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * The parts of a long body, some of which are uploaded beside one another while the next one is
 * filled. One thread hands parts over and completes; any may abort.
 */
final class MultipartUpload {
  /*
   * `this` guards all fields that change, and is notified when a part has ended. It is never held
   * while S3 is asked.
   */
  private static final System.Logger LOGGER = System.getLogger(MultipartUpload.class.getName());

  /** The most parts that S3 takes of one object. */
  private static final int MAX_PARTS = 10_000;

  private final Bucket bucket;
  private final String object;
  private final String id;
  private final Executor threads;
  private final int partsInFlight;
  private final Supplier<PartBuffer> buffers;
  private final Set<MultipartUpload> open;
  private final List<CompletedPart> stored = new ArrayList<>();
  private final Deque<PartBuffer> idle = new ArrayDeque<>();
  private int begun;
  private int running;
  private @Nullable IOException failure;
  private boolean ended;

  /**
   * @param id what S3 calls the upload
   * @param threads upload the parts
   * @param partsInFlight the most that are uploaded at once, at least 1
   * @param buffers makes room for one more part; called that many times at most
   * @param open those that have not ended; this one goes when it does
   */
  MultipartUpload(
      Bucket bucket,
      String object,
      String id,
      Executor threads,
      int partsInFlight,
      Supplier<PartBuffer> buffers,
      Set<MultipartUpload> open) {
    this.bucket = bucket;
    this.object = object;
    this.id = id;
    this.threads = threads;
    this.partsInFlight = partsInFlight;
    this.buffers = buffers;
    this.open = open;
  }

  /**
   * Uploads a full part, and returns an empty one; waits while too many are under way.
   *
   * @throws IOException if this or an earlier part cannot be stored
   */
  PartBuffer send(PartBuffer part) throws IOException {
    long next = part.chunkNumber();
    start(part);
    PartBuffer empty = takeIdle();
    empty.begin(next);
    return empty;
  }

  private synchronized PartBuffer takeIdle() {
    PartBuffer buffer = idle.poll();
    return buffer == null ? buffers.get() : buffer;
  }

  private void start(PartBuffer part) throws IOException {
    int number = awaitTurn();
    try {
      threads.execute(() -> upload(number, part));
    } catch (RejectedExecutionException e) {
      ended(part, null, new IOException("the aws tier is closed", e));
    }
  }

  private synchronized int awaitTurn() throws IOException {
    awaitAtMost(partsInFlight - 1);
    if (begun == MAX_PARTS) {
      throw new IOException(
          "a body of more than " + MAX_PARTS + " parts cannot be in S3: raise aws.part-size");
    }
    running++;
    return ++begun;
  }

  /** Waits until no more parts are under way, and all before are stored; under the lock. */
  private void awaitAtMost(int most) throws IOException {
    try {
      while (failure == null && running > most) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a body was written to S3");
    }
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure); // with the trace of who hears of it
    }
  }

  private void upload(int number, PartBuffer part) {
    CompletedPart completed = null;
    IOException failed = null;
    try {
      if (isWanted()) {
        completed = bucket.uploadPart(object, id, number, part, this::isWanted);
      }
    } catch (IOException e) {
      failed = e;
    } catch (RuntimeException | Error e) {
      failed = new IOException("cannot upload a part of a body", e);
    } finally {
      ended(part, completed, failed);
    }
  }

  /** Whether there is any use in more parts. */
  private synchronized boolean isWanted() {
    return failure == null;
  }

  private synchronized void ended(
      PartBuffer part, @Nullable CompletedPart completed, @Nullable IOException failed) {
    running--;
    idle.add(part);
    if (completed != null) {
      stored.add(completed);
    }
    if (failed != null && failure == null) {
      failure = failed;
    }
    notifyAll();
  }

  /**
   * Uploads the last part, waits for all, and makes the object.
   *
   * @param objectBytes the length of all parts together
   * @throws IOException if S3 did not confirm it; then it is to be aborted
   */
  void complete(PartBuffer last, long objectBytes) throws IOException {
    start(last);
    List<CompletedPart> parts = awaitAll();
    try {
      bucket.completeUpload(object, id, parts, objectBytes);
    } catch (IOException e) {
      if (!isThere(objectBytes)) {
        throw e;
      }
      LOGGER.log(Level.DEBUG, "S3 completed an upload without saying so", e);
    }
    end(null);
  }

  private synchronized List<CompletedPart> awaitAll() throws IOException {
    awaitAtMost(0);
    stored.sort(Comparator.comparing(CompletedPart::partNumber));
    return List.copyOf(stored);
  }

  /** Whether the object is there although completing it failed: the answer may have been lost. */
  private boolean isThere(long objectBytes) {
    try {
      return bucket.length(object) == objectBytes;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "an upload was not completed", e);
      return false;
    }
  }

  /** Marks it as ended; whether it was not before. */
  private synchronized boolean end(@Nullable IOException reason) {
    boolean first = !ended;
    ended = true;
    if (failure == null) {
      failure = reason;
    }
    open.remove(this);
    return first;
  }

  /** Aborts in another thread, unless it has ended. */
  void abandon() {
    try {
      threads.execute(this::abort);
    } catch (RejectedExecutionException e) {
      LOGGER.log(Level.DEBUG, "what was open was aborted when the tier was closed", e);
    }
  }

  /**
   * Drops all parts, unless it has ended; does not fail. Waits for those under way first, as S3
   * would keep them.
   */
  void abort() {
    if (!end(new IOException("the write was aborted"))) {
      return;
    }
    boolean interrupted = awaitLast();
    try {
      bucket.abortUpload(object, id);
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "parts of a body stay in S3", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether the thread was interrupted; its mark is taken away, as no request works with it. */
  private synchronized boolean awaitLast() {
    boolean interrupted = Thread.interrupted();
    while (running > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
