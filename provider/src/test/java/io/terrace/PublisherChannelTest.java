package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PublisherChannelTest {

  /** A publisher that the test plays; its subscription counts what is asked of it. */
  private static final class Played implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
    Flow.Subscriber<? super ByteBuffer> subscriber;
    final List<Long> requests = new ArrayList<>();
    volatile int cancels;
    boolean subscribesAtOnce = true;

    /** What happens inside each request. */
    Consumer<Played> onRequest = played -> {};

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> given) {
      assertThat(subscriber).as("subscribed once").isNull();
      subscriber = given;
      if (subscribesAtOnce) {
        subscriber.onSubscribe(this);
      }
    }

    @Override
    public void request(long buffers) {
      requests.add(buffers);
      onRequest.accept(this);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // the rules forbid two cancels at once
    public void cancel() {
      cancels++;
    }

    void publish(int... bytes) {
      ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
      for (int b : bytes) {
        buffer.put((byte) b);
      }
      subscriber.onNext(buffer.flip());
    }
  }

  private final Played played = new Played();
  private final PublisherChannel channel = new PublisherChannel(played);

  private static byte[] read(PublisherChannel channel, int room) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(room);
    int count = channel.read(target);
    assertThat(count).isEqualTo(target.position());
    byte[] bytes = new byte[count];
    target.flip().get(bytes);
    return bytes;
  }

  @Test
  void subscribesWhenItIsFirstRead() throws IOException {
    assertThat(played.subscriber).isNull();
    played.onRequest = p -> p.publish(1);
    assertThat(read(channel, 4)).containsExactly(1);
    assertThat(played.subscriber).isNotNull();
  }

  @Test
  void doesNotSubscribeToBeClosed() {
    channel.close();
    assertThat(channel.isOpen()).isFalse();
    assertThatThrownBy(() -> read(channel, 1)).isInstanceOf(ClosedChannelException.class);
    assertThat(played.subscriber).isNull();
  }

  @Test
  void asksForTwoAndThenForOneEachTimeOneIsUsedUp() throws IOException {
    played.onRequest =
        p -> {
          for (long i = p.requests.get(p.requests.size() - 1); i > 0; i--) {
            p.publish(p.requests.size(), (int) i);
          }
        };
    assertThat(read(channel, 1)).containsExactly(1);
    assertThat(read(channel, 9)).containsExactly(2);
    assertThat(played.requests).containsExactly(2L);
    assertThat(read(channel, 9)).containsExactly(1, 1);
    assertThat(played.requests).containsExactly(2L, 1L);
    assertThat(read(channel, 9)).containsExactly(2, 1);
    assertThat(played.requests).containsExactly(2L, 1L, 1L);
  }

  @Test
  void passesOverEmptyBuffers() throws IOException {
    played.onRequest =
        p -> {
          switch (p.requests.size()) {
            case 1 -> {
              p.publish();
              p.publish();
            }
            case 2 -> p.publish();
            case 3 -> p.publish(7);
            default -> p.subscriber.onComplete();
          }
        };
    assertThat(read(channel, 4)).containsExactly(7);
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void leavesThePositionOfABufferAlone() throws IOException {
    ByteBuffer published = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}, 1, 2);
    played.onRequest = p -> p.subscriber.onNext(published);
    played.onRequest = played.onRequest.andThen(p -> p.subscriber.onComplete());
    assertThat(read(channel, 9)).containsExactly(2, 3);
    assertThat(published).isEqualTo(ByteBuffer.wrap(new byte[] {2, 3}));
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void endsAfterWhatWasPublished() throws IOException {
    played.onRequest =
        p -> {
          p.publish(1, 2);
          p.subscriber.onComplete();
        };
    assertThat(read(channel, 1)).containsExactly(1);
    assertThat(read(channel, 1)).containsExactly(2);
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    channel.close();
    assertThat(played.cancels).as("it ended by itself").isZero();
    assertThat(played.requests).containsExactly(2L);
  }

  @Test
  void endsWithoutOneBuffer() throws IOException {
    Flow.Publisher<ByteBuffer> empty =
        subscriber -> {
          subscriber.onSubscribe(played);
          subscriber.onComplete();
        };
    assertThat(new PublisherChannel(empty).read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(played.requests).isEmpty();
  }

  @Test
  void waitsForWhatComesLater() throws Exception {
    Waiting<byte[]> first = Waiting.on(() -> read(channel, 9)).untilBlocked();
    played.publish(5, 6);
    assertThat(first.result()).containsExactly(5, 6);
    Waiting<byte[]> second = Waiting.on(() -> read(channel, 9)).untilBlocked();
    played.publish(7);
    assertThat(second.result()).containsExactly(7);
    Waiting<Integer> last = Waiting.on(() -> channel.read(ByteBuffer.allocate(1))).untilBlocked();
    played.subscriber.onComplete();
    assertThat(last.result()).isEqualTo(-1);
    assertThat(played.cancels).isZero();
  }

  @Test
  void waitsForTheSubscription() throws Exception {
    played.subscribesAtOnce = false;
    Waiting<byte[]> read = Waiting.on(() -> read(channel, 9)).untilBlocked();
    assertThat(played.requests).isEmpty();
    CountDownLatch requested = new CountDownLatch(1);
    played.onRequest = p -> requested.countDown();
    played.subscriber.onSubscribe(played);
    requested.await();
    played.publish(1);
    assertThat(read.result()).containsExactly(1);
  }

  @Test
  void failsForGoodWhenThePublisherFails() throws Exception {
    Waiting<byte[]> read = Waiting.on(() -> read(channel, 9)).untilBlocked();
    Exception cause = new Exception("boom");
    played.subscriber.onError(cause);
    assertThatThrownBy(read::result).cause().isInstanceOf(IOException.class).hasCause(cause);
    played.subscriber.onComplete();
    played.subscriber.onError(new Exception("another"));
    assertThatIOException().isThrownBy(() -> read(channel, 9)).withCause(cause);
    channel.close();
    assertThat(played.cancels).as("it ended by itself").isZero();
  }

  @Test
  void failsBeforeItGivesWhatIsLeft() throws IOException {
    played.onRequest =
        p -> {
          p.publish(1, 2);
          p.publish(3);
        };
    assertThat(read(channel, 1)).containsExactly(1);
    played.subscriber.onError(new Exception("boom"));
    assertThatIOException().isThrownBy(() -> read(channel, 9));
  }

  @Test
  void anErrorAfterTheEndIsNone() throws IOException {
    played.onRequest = p -> p.subscriber.onComplete();
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    played.subscriber.onError(new Exception("late"));
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void failsWhenSubscribingThrows() {
    IllegalStateException cause = new IllegalStateException("no");
    PublisherChannel refused =
        new PublisherChannel(
            subscriber -> {
              throw cause;
            });
    assertThatIOException().isThrownBy(() -> read(refused, 1)).withCause(cause);
    assertThatIOException().isThrownBy(() -> read(refused, 1)).withCause(cause);
  }

  @Test
  void failsAndCancelsWhenRequestThrows() {
    IllegalStateException cause = new IllegalStateException("no");
    played.onRequest =
        p -> {
          throw cause;
        };
    assertThatIOException().isThrownBy(() -> read(channel, 1)).withCause(cause);
    assertThat(played.cancels).isOne();
  }

  @Test
  void failsAndCancelsWhenMoreComesThanWasAskedFor() {
    played.onRequest =
        p -> {
          p.publish(1);
          p.publish(2);
          p.publish(3);
        };
    assertThatIOException()
        .isThrownBy(() -> read(channel, 1))
        .withCauseInstanceOf(IllegalStateException.class);
    assertThat(played.cancels).isOne();
  }

  @Test
  void refusesNullAndFailsByIt() throws IOException {
    assertThatNullPointerException().isThrownBy(() -> new BufferReceiver().onSubscribe(null));
    for (Consumer<Flow.Subscriber<? super ByteBuffer>> wrong :
        List.<Consumer<Flow.Subscriber<? super ByteBuffer>>>of(
            subscriber -> subscriber.onNext(null), subscriber -> subscriber.onError(null))) {
      Played publisher = new Played();
      // A publisher that keeps what it is told to itself must not leave the reader waiting.
      publisher.onRequest =
          p -> assertThatNullPointerException().isThrownBy(() -> wrong.accept(p.subscriber));
      PublisherChannel fails = new PublisherChannel(publisher);
      assertThatIOException()
          .isThrownBy(() -> read(fails, 1))
          .withCauseInstanceOf(NullPointerException.class);
      assertThat(publisher.cancels).isOne();
    }
  }

  @Test
  void cancelsASecondSubscriptionAndKeepsTheFirst() throws IOException {
    Played second = new Played();
    played.onRequest =
        p -> {
          p.subscriber.onSubscribe(second);
          p.publish(1);
        };
    assertThat(read(channel, 1)).containsExactly(1);
    assertThat(second.cancels).isOne();
    assertThat(played.cancels).isZero();
  }

  @Test
  void closingCancelsOnceAndIgnoresWhatStillComes() throws IOException {
    played.onRequest = p -> p.publish(1, 2);
    assertThat(read(channel, 1)).containsExactly(1);
    channel.close();
    channel.close();
    assertThat(played.cancels).isOne();
    assertThat(channel.isOpen()).isFalse();
    played.publish(3);
    played.subscriber.onComplete();
    assertThatThrownBy(() -> read(channel, 1)).isInstanceOf(ClosedChannelException.class);
    assertThat(played.cancels).isOne();
  }

  @Test
  void closingFromAnotherThreadMakesAReadFail() throws Exception {
    Waiting<byte[]> read = Waiting.on(() -> read(channel, 9)).untilBlocked();
    channel.close();
    assertThatThrownBy(read::result).hasCauseInstanceOf(AsynchronousCloseException.class);
    assertThat(played.cancels).isOne();
  }

  @Test
  void cancelsASubscriptionThatComesAfterClosing() throws Exception {
    played.subscribesAtOnce = false;
    Waiting<byte[]> read = Waiting.on(() -> read(channel, 9)).untilBlocked();
    channel.close();
    assertThatThrownBy(read::result).hasCauseInstanceOf(ClosedChannelException.class);
    assertThat(played.cancels).isZero();
    played.subscriber.onSubscribe(played);
    assertThat(played.cancels).isOne();
    assertThat(played.requests).isEmpty();
  }

  @Test
  void doesNotCancelWhileTheReaderIsInsideRequest() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch proceed = new CountDownLatch(1);
    AtomicBoolean cancelledInside = new AtomicBoolean();
    played.onRequest =
        p -> {
          inside.countDown();
          try {
            proceed.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          cancelledInside.set(p.cancels > 0);
        };
    Waiting<byte[]> read = Waiting.on(() -> read(channel, 9));
    inside.await();
    channel.close();
    assertThat(played.cancels).isZero();
    proceed.countDown();
    assertThatThrownBy(read::result).hasCauseInstanceOf(ClosedChannelException.class);
    assertThat(cancelledInside).isFalse();
    assertThat(played.cancels).isOne();
  }

  @Test
  void anInterruptedReaderClosesAndStaysInterrupted() throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    Waiting<byte[]> read =
        Waiting.on(
                () -> {
                  try {
                    return read(channel, 9);
                  } finally {
                    interrupted.set(Thread.currentThread().isInterrupted());
                  }
                })
            .untilBlocked();
    read.interrupt();
    assertThatThrownBy(read::result).hasCauseInstanceOf(ClosedByInterruptException.class);
    assertThat(interrupted).isTrue();
    assertThat(channel.isOpen()).isFalse();
    assertThat(played.cancels).isOne();
  }

  @Test
  void readsAPublisherOfAnotherThreadToItsEnd() throws Exception {
    int buffers = 2_000;
    try (SubmissionPublisher<ByteBuffer> publisher = new SubmissionPublisher<>()) {
      PublisherChannel asynchronous = new PublisherChannel(publisher);
      Waiting<Long> sum =
          Waiting.on(
              () -> {
                long total = 0;
                ByteBuffer target = ByteBuffer.allocate(3);
                while (asynchronous.read(target.clear()) >= 0) {
                  for (target.flip(); target.hasRemaining(); ) {
                    total += target.get();
                  }
                }
                return total;
              });
      sum.untilBlocked();
      for (int i = 0; i < buffers; i++) {
        publisher.submit(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
      }
      publisher.close();
      assertThat(sum.result()).isEqualTo(15L * buffers);
    }
  }

  @Test
  void aPublisherThatAnswersInsideRequestDoesNotNeedStack() throws IOException {
    int buffers = 100_000;
    int[] left = {buffers};
    played.onRequest =
        p -> {
          for (long i = p.requests.get(p.requests.size() - 1); i > 0 && left[0] > 0; i--) {
            left[0]--;
            p.publish(1);
          }
          if (left[0] == 0) {
            p.subscriber.onComplete();
          }
        };
    int bytes = 0;
    for (ByteBuffer target = ByteBuffer.allocate(1); channel.read(target.clear()) > 0; ) {
      bytes++;
    }
    assertThat(bytes).isEqualTo(buffers);
  }
}
