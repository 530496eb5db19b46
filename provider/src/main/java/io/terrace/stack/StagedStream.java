package io.terrace.stack;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.terrace.AbortReason;
import io.terrace.EntryInfo;
import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into the authority and, by lanes, into the tiers above it; then a value that is
 * there but not visible, until it is committed or discarded. As a {@link StreamValue} it says what
 * it is, but cannot be read. Single owner, not thread safe, but for {@link #abort}.
 */
final class StagedStream implements StreamValue {
  /*
   * The monitor guards `state`, and is held while a handle is written, so that an abort from another
   * thread comes between two chunks.
   */
  private enum State {
    WRITING,
    FINISHED,
    COMMITTED,
    ABORTED
  }

  /** Who may undo the write before its commit. */
  enum UndoneBy {
    /** A purge. */
    PURGES,
    /** A purge, a removal, and clearing the cache. */
    PURGES_AND_REMOVALS,
    /** Those, and every other write: that of a loaded value, which is to replace nothing newer. */
    ALL_CHANGES
  }

  private final Held held;
  private final LeakWatch watch;
  private final HashStream128 digest = Hashing.xxh3_128().hashStream();
  private final GrowingBody body;
  private long writtenBytes;
  private @Nullable Long deadlineMillis;
  private State state = State.WRITING;

  /** What a write holds, to be released also when it was forgotten. */
  record Held(WriteHandle out, Lanes lanes, Runnable release) implements Runnable {
    @Override
    public void run() {
      out.abort();
      lanes.abort(AbortReason.INCOMPLETE);
      release.run();
    }
  }

  /**
   * @param held released when the write ends, once
   */
  StagedStream(GrowingBody body, Held held) {
    this.body = body;
    this.held = held;
    this.watch = LeakWatch.over(this, "a write of a stream", held);
  }

  /** What others know of the write. */
  GrowingBody body() {
    return body;
  }

  EntryHeader header() {
    return body.header();
  }

  /** Appends all remaining bytes; what fails in the authority fails here. */
  synchronized void write(ByteBuffer bytes) throws IOException {
    requireState(State.WRITING);
    ByteBuffer again = bytes.duplicate();
    StreamEquality.update(digest, bytes);
    writtenBytes += bytes.remaining();
    held.out().write(bytes);
    held.lanes().write(again);
  }

  /** The end of the bytes: waits for the lanes, as long as their patience lasts. */
  synchronized void finish() {
    requireState(State.WRITING);
    long announced = header().bodyLength();
    if (announced != EntryHeader.UNKNOWN_LENGTH && announced != writtenBytes) {
      throw new IllegalStateException(
          writtenBytes + " bytes were written, " + announced + " were announced");
    }
    held.lanes().finish();
    body.setHeader(header().withBodyLength(writtenBytes).withDigest(StreamEquality.value(digest)));
    state = State.FINISHED;
  }

  private void requireState(State required) {
    if (state != required) {
      throw new IllegalStateException("the write of a stream is " + state + ", not " + required);
    }
  }

  /** Commits at the authority; refused, it may be tried again. */
  synchronized CommitResult commit(EntryHeader committed, Condition condition) throws IOException {
    requireState(State.FINISHED);
    held.out().amend(committed, condition);
    CommitResult result = held.out().commit();
    if (result instanceof CommitResult.Committed done) {
      state = State.COMMITTED;
      body.setHeader(committed.withVersion(done.version()));
      body.markCommitted();
    }
    return result;
  }

  /** After the commit: copies the entry, under this header, into the tiers above. */
  void commitLanes(EntryHeader committed) {
    held.lanes().commit(committed);
  }

  /** Whether the write was undone before its commit. */
  boolean isPurged() {
    return body.isPurged();
  }

  /**
   * As {@link #abort()}, and tells those who follow the write why.
   *
   * @param cause null if nothing failed
   */
  void abort(String why, @Nullable Throwable cause) {
    body.fail(why, cause);
    abort();
  }

  /** Drops what was not committed, and releases what the write holds; idempotent. */
  void abort() {
    synchronized (this) {
      state = state == State.COMMITTED ? state : State.ABORTED;
    }
    body.end();
    watch.close();
  }

  /** As {@link #abort}, but of a write that came to its end it has no effect. */
  void abortUnfinished() {
    synchronized (this) {
      if (state == State.FINISHED || state == State.COMMITTED) {
        return;
      }
      state = State.ABORTED;
    }
    abort();
  }

  @Override
  public StreamValue withMetadata(Metadata metadata) {
    throw new UnsupportedOperationException("a staged value is as it is");
  }

  @Override
  public StreamValue withDeadline(long millis) {
    throw new UnsupportedOperationException("a staged value is as it is");
  }

  @Override
  public @Nullable Long deadlineMillis() {
    return deadlineMillis;
  }

  /** What the user says instead of the expiry policy, in UTC milliseconds, or null; the owner's. */
  void setDeadline(@Nullable Long millis) {
    deadlineMillis = millis;
  }

  @Override
  public long length() {
    return header().bodyLength();
  }

  @Override
  public Metadata metadata() {
    return header().metadata();
  }

  @Override
  public @Nullable EntryInfo info() {
    return null;
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public ReadableByteChannel channel() {
    throw new IllegalStateException("a staged value cannot be read");
  }

  @Override
  public int read(long offset, ByteBuffer target) {
    throw new IllegalStateException("a staged value cannot be read");
  }

  @Override
  public void close() {
    abort();
  }
}
