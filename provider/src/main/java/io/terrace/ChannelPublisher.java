package io.terrace;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** Publishes the forward reading of a value to its first subscriber. Thread safe. */
final class ChannelPublisher implements Flow.Publisher<ByteBuffer> {
  private final StreamValue owner;
  private final ReadableByteChannel channel;
  private final AtomicBoolean subscribed = new AtomicBoolean();

  /**
   * @param owner is closed when the subscription ends, however that is
   */
  ChannelPublisher(StreamValue owner, ReadableByteChannel channel) {
    this.owner = owner;
    this.channel = channel;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    requireNonNull(subscriber, "subscriber");
    if (subscribed.compareAndSet(false, true)) {
      new ChannelSubscription(owner, channel, subscriber).start();
    } else {
      subscriber.onSubscribe(new Refused());
      subscriber.onError(new IllegalStateException("the value is read by another subscriber"));
    }
  }

  private static final class Refused implements Flow.Subscription {
    @Override
    public void request(long buffers) {}

    @Override
    public void cancel() {}
  }
}
