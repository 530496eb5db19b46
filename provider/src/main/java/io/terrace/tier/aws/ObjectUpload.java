package io.terrace.tier.aws;

import static java.util.Objects.requireNonNull;

import io.terrace.internal.concurrent.LeakWatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into one object: in one request if it ends within a part, else in parts. It
 * takes the buffer of a part, grown as the body grows, and of a longer body one more for each part
 * in flight.
 */
final class ObjectUpload implements BodyUpload {
  private final Bodies bodies;
  private final String name;
  private @Nullable PartBuffer filling;
  private long sentBytes;
  private @Nullable MultipartUpload parts;
  private @Nullable LeakWatch leakWatch;

  /**
   * @param filling for the first part
   */
  ObjectUpload(Bodies bodies, String name, PartBuffer filling) {
    this.bodies = bodies;
    this.name = name;
    this.filling = filling;
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    PartBuffer part = requirePending();
    boolean taken = false;
    try {
      bodies.bucket().requireOpen();
      while (chunk.hasRemaining()) {
        if (part.isFull()) {
          part = send(part); // only now, so that a body of just one part is one request
        }
        part.take(chunk);
      }
      filling = part;
      taken = true;
    } finally {
      if (!taken) {
        close(); // a body with a hole must not be completed
      }
    }
  }

  private PartBuffer send(PartBuffer part) throws IOException {
    MultipartUpload begun = parts == null ? begin() : parts;
    sentBytes += part.length();
    return begun.send(part);
  }

  private MultipartUpload begin() throws IOException {
    MultipartUpload begun = bodies.begin(name);
    parts = begun;
    leakWatch = LeakWatch.overPart(this, "an upload of the aws tier", begun::abandon);
    return begun;
  }

  @Override
  public void complete() throws IOException {
    PartBuffer last = requirePending();
    try {
      last.end();
      if (parts == null) {
        bodies.bucket().put(name, last);
      } else {
        parts.complete(last, sentBytes + last.length());
      }
    } catch (IOException e) {
      if (BucketFailures.mayBeDone(e)) {
        bodies.deleteLater(name);
      }
      throw e;
    } finally {
      close();
    }
  }

  private PartBuffer requirePending() {
    if (filling == null) {
      throw new IllegalStateException("the upload was completed or aborted");
    }
    return filling;
  }

  @Override
  public void close() {
    if (filling == null) {
      return;
    }
    filling = null;
    if (parts != null) {
      parts.abort();
      parts = null;
      requireNonNull(leakWatch).close();
    }
  }
}
