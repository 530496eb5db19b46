package io.terrace;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of a {@link ChannelPublisher}: reads in the thread that asks, or that asked
 * while another was asking. Buffers are parts of blocks, so that a source that trickles does not
 * cost a block for each, and no byte of a block is in two of them.
 */
final class ChannelSubscription implements Flow.Subscription {
  /*
   * `work` counts the calls that want something done. The thread that raises it from 0 does
   * everything there is to do until it is back at 0, so there is one at a time, without a lock and
   * without recursion when a subscriber asks for more while it is given something. Fields that are
   * not atomic belong to that thread. The subscriber is gone once it was told the end or cancelled.
   */
  private static final int BLOCK_BYTES = 64 << 10;
  private static final int MIN_READ_BYTES = 8 << 10;

  private final StreamValue owner;
  private final ReadableByteChannel channel;
  private final AtomicReference<Flow.@Nullable Subscriber<? super ByteBuffer>> subscriber;
  private final AtomicInteger work = new AtomicInteger();
  private final AtomicLong demand = new AtomicLong();
  private volatile @Nullable IllegalArgumentException refusal;

  private final long length;
  private long published;
  private ByteBuffer block = ByteBuffer.allocate(0);

  ChannelSubscription(
      StreamValue owner,
      ReadableByteChannel channel,
      Flow.Subscriber<? super ByteBuffer> subscriber) {
    this.owner = owner;
    this.channel = channel;
    this.subscriber = new AtomicReference<>(subscriber);
    this.length = owner.length();
  }

  /** Nothing is published before the subscriber returned from learning of this subscription. */
  void start() {
    work.set(1);
    Flow.Subscriber<? super ByteBuffer> to = subscriber.get();
    if (to != null) {
      try {
        to.onSubscribe(this);
      } catch (Throwable e) {
        cancel();
        throw e;
      }
    }
    work();
  }

  @Override
  public void request(long buffers) {
    if (buffers > 0) {
      demand.accumulateAndGet(buffers, ChannelSubscription::sum);
    } else {
      refusal = new IllegalArgumentException("asked for " + buffers + " buffers, not at least 1");
    }
    if (work.getAndIncrement() == 0) {
      work();
    }
  }

  private static long sum(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  @Override
  public void cancel() {
    if (subscriber.getAndSet(null) != null) {
      owner.close();
    }
  }

  private void work() {
    int done = 1;
    do {
      publish();
      done = work.addAndGet(-done);
    } while (done != 0);
  }

  private void publish() {
    Flow.Subscriber<? super ByteBuffer> to = subscriber.get();
    while (to != null) {
      IllegalArgumentException refused = refusal;
      if (refused != null) {
        end(refused);
      } else if (published == length) {
        endAsAnnounced();
      } else if (demand.get() == 0) {
        return;
      } else {
        publishNext(to);
      }
      to = subscriber.get();
    }
  }

  private void publishNext(Flow.Subscriber<? super ByteBuffer> to) {
    ByteBuffer next;
    try {
      next = read();
    } catch (IOException | RuntimeException | Error e) {
      end(e);
      return;
    }
    if (next == null) {
      boolean isShorter = published < length;
      end(isShorter ? new EOFException("the value ended before its " + length + " bytes") : null);
    } else if (subscriber.get() != null) {
      demand.accumulateAndGet(1, ChannelSubscription::less);
      published += next.remaining();
      try {
        to.onNext(next);
      } catch (Throwable e) {
        cancel();
        throw e;
      }
    }
  }

  /** A demand without limit stays that. */
  private static long less(long demand, long buffers) {
    return demand == Long.MAX_VALUE ? demand : demand - buffers;
  }

  /** Null at the end. */
  private @Nullable ByteBuffer read() throws IOException {
    if (block.remaining() < MIN_READ_BYTES) {
      boolean isKnown = length != StreamValue.UNKNOWN_LENGTH;
      block =
          ByteBuffer.allocate(
              (int) Math.min(BLOCK_BYTES, isKnown ? length - published : BLOCK_BYTES));
    }
    int start = block.position();
    int count = channel.read(block);
    return count < 0 ? null : block.slice(start, count);
  }

  /** Where all that was announced was published, the end needs no demand. */
  private void endAsAnnounced() {
    try {
      boolean isLonger = channel.read(ByteBuffer.allocate(1)) >= 0;
      end(isLonger ? new IOException("the value is longer than " + length + " bytes") : null);
    } catch (IOException | RuntimeException | Error e) {
      end(e);
    }
  }

  private void end(@Nullable Throwable cause) {
    Flow.Subscriber<? super ByteBuffer> to = subscriber.getAndSet(null);
    if (to == null) {
      return;
    }
    owner.close();
    if (cause == null) {
      to.onComplete();
    } else {
      to.onError(cause);
    }
  }
}
