package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher publishes, as a channel. Subscribes when it is first read, so that one that is
 * never read has nothing to cancel. Blocking; one reader; {@link #close} may come from any thread.
 *
 * <p>A reader that is interrupted while it waits closes the channel. What failed goes on failing:
 * there is no end but the publisher's completion.
 */
final class PublisherChannel implements ReadableByteChannel {
  private final Flow.Publisher<ByteBuffer> publisher;
  private final BufferReceiver receiver = new BufferReceiver();

  private boolean subscribed;
  private @Nullable ByteBuffer current;

  PublisherChannel(Flow.Publisher<ByteBuffer> publisher) {
    this.publisher = publisher;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    subscribe();
    ByteBuffer source = receiver.checkUsable(current);
    while (source == null || !source.hasRemaining()) {
      current = null;
      ByteBuffer next = receiver.take();
      if (next == null) {
        return -1;
      }
      source = next.duplicate(); // the position of the publisher's own is not ours to move
      current = source;
    }
    int count = Math.min(source.remaining(), target.remaining());
    target.put(source.slice(source.position(), count));
    source.position(source.position() + count);
    return count;
  }

  private void subscribe() {
    if (!subscribed && isOpen()) {
      subscribed = true;
      try {
        publisher.subscribe(receiver);
      } catch (RuntimeException e) {
        receiver.fail(e);
      }
    }
  }

  @Override
  public boolean isOpen() {
    return !receiver.isClosed();
  }

  /** Cancels the subscription, unless it ended before. */
  @Override
  public void close() {
    receiver.close();
  }
}
