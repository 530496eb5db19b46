package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import java.io.EOFException;
import java.io.IOException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Ranges of an object, one open at a time: what is on its way in the connection is all that is
 * ahead of the reader. One thread reads; any may close.
 */
final class ObjectStream {
  /*
   * `open` is set by the reading thread, which looks at `closed` afterwards; closing sets `closed`
   * and looks at `open` afterwards. So one of them aborts the stream, or both, which does no harm.
   */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d+/(\\d{1,18})");

  private final Bucket bucket;
  private final String object;
  private final long objectBytes;
  private final Set<ObjectStream> streams;
  private volatile @Nullable ResponseInputStream<GetObjectResponse> open;
  private volatile boolean closed;
  private long position;
  private long end;

  /**
   * @param objectBytes the length that the object has to have
   * @param streams gets this when it is first used, until it is closed
   */
  ObjectStream(Bucket bucket, String object, long objectBytes, Set<ObjectStream> streams) {
    this.bucket = bucket;
    this.streams = streams;
    this.object = object;
    this.objectBytes = objectBytes;
  }

  /** The name of the object. */
  String object() {
    return object;
  }

  /** Whether the next byte that {@link #read} gives is the one at an offset. */
  boolean isAt(long offset) {
    return open != null && position == offset && offset < end;
  }

  /**
   * Asks for a range, and drops the one before; blocks until S3 answers.
   *
   * @param to the first byte behind the range
   * @throws LostBodyException if the object is not there, or not as long as it has to be
   */
  void open(long from, long to) throws IOException {
    drop();
    streams.add(this);
    ResponseInputStream<GetObjectResponse> stream = bucket.get(object, from, to - 1);
    position = from;
    end = to;
    open = stream;
    if (closed) {
      close();
      bucket.requireOpen();
      throw new IOException("the read handle is closed");
    }
    try {
      checkRange(stream.response(), from);
    } catch (IOException e) {
      drop();
      throw e;
    }
  }

  private void checkRange(GetObjectResponse response, long from) throws IOException {
    String range = response.contentRange();
    if (range == null && from == 0) { // the whole object is an answer, too
      checkLength(response.contentLength());
      return;
    }
    Matcher matcher = CONTENT_RANGE.matcher(String.valueOf(range));
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) != from) {
      throw new IOException("S3 did not answer with the range that was asked for");
    }
    checkLength(Long.parseLong(matcher.group(2)));
  }

  private void checkLength(long length) throws LostBodyException {
    if (length != objectBytes) {
      throw new LostBodyException(
          "the object in S3 has " + length + " bytes instead of " + objectBytes,
          PurgeReason.CORRUPTION,
          null);
    }
  }

  /**
   * Reads so many bytes of the range.
   *
   * @throws IOException if the connection breaks, or nothing comes within its time-out; the range
   *     is dropped
   */
  void read(byte[] target, int length) throws IOException {
    ResponseInputStream<GetObjectResponse> stream = open;
    boolean read = false;
    try {
      if (stream == null || stream.readNBytes(target, 0, length) < length) {
        throw new EOFException("S3 ended the body too early");
      }
      position += length;
      read = true;
    } catch (SdkException e) { // of a checksum of the SDK's own
      throw new IOException("S3 did not deliver what it announced", e);
    } finally {
      if (!read || position == end) {
        drop();
      }
    }
  }

  /** Gives the range back: a connection that was read to the end is used again. */
  void drop() {
    ResponseInputStream<GetObjectResponse> stream = open;
    if (stream == null) {
      return;
    }
    open = null;
    if (position == end) {
      close(stream);
    } else {
      stream.abort(); // closing would read the rest
    }
  }

  private static void close(ResponseInputStream<GetObjectResponse> stream) {
    try {
      stream.close();
    } catch (IOException | SdkException e) {
      stream.abort();
    }
  }

  /** Ends a read that is going on in another thread, unless it still waits for S3's answer. */
  void close() {
    closed = true;
    streams.remove(this);
    ResponseInputStream<GetObjectResponse> stream = open;
    if (stream != null) {
      stream.abort();
    }
  }
}
