package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelPublisherTest {

  /** Keeps what it is told, and fails when it is told two things at once or after the end. */
  private static class Recorder implements Flow.Subscriber<ByteBuffer> {
    Flow.Subscription subscription;
    final List<byte[]> items = new ArrayList<>();
    final List<ByteBuffer> buffers = new ArrayList<>();
    Throwable error;
    boolean completed;
    private boolean inside;

    /** What happens inside onSubscribe and inside onNext. */
    Consumer<Recorder> whenSubscribed = recorder -> {};

    Consumer<Recorder> whenNext = recorder -> {};

    @Override
    public void onSubscribe(Flow.Subscription given) {
      assertThat(subscription).isNull();
      subscription = given;
      told(() -> whenSubscribed.accept(this));
    }

    @Override
    public void onNext(ByteBuffer buffer) {
      told(
          () -> {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            items.add(bytes);
            buffers.add(buffer);
            whenNext.accept(this);
          });
    }

    @Override
    public void onError(Throwable cause) {
      told(() -> error = cause);
    }

    @Override
    public void onComplete() {
      told(() -> completed = true);
    }

    private void told(Runnable what) {
      assertThat(inside).as("told two things at once").isFalse();
      assertThat(completed || error != null).as("told something after the end").isFalse();
      inside = true;
      try {
        what.run();
      } finally {
        inside = false;
      }
    }

    byte[] bytes() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      items.forEach(bytes::writeBytes);
      return bytes.toByteArray();
    }
  }

  private final Recorder recorder = new Recorder();

  /** Gives n buffers of one byte, from 0 upwards. */
  private static FakeChannel counting(int bytes) {
    int[] next = {0};
    return new FakeChannel(
        target -> {
          if (next[0] == bytes) {
            return -1;
          }
          target.put((byte) next[0]++);
          return 1;
        });
  }

  private static byte[] upTo(int bytes) {
    byte[] expected = new byte[bytes];
    IntStream.range(0, bytes).forEach(i -> expected[i] = (byte) i);
    return expected;
  }

  private static Flow.Publisher<ByteBuffer> publisher(ReadableByteChannel channel, long length)
      throws IOException {
    return StreamValue.of(channel, length).publisher();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300})
  void publishesAsMuchAsIsAskedFor(int bytes) throws IOException {
    FakeChannel channel = counting(bytes);
    publisher(channel, StreamValue.UNKNOWN_LENGTH).subscribe(recorder);
    for (int i = 0; i < bytes; i++) {
      assertThat(recorder.items).hasSize(i);
      recorder.subscription.request(1);
    }
    assertThat(recorder.items).hasSize(bytes);
    assertThat(recorder.completed).as("the end is not known yet").isFalse();
    recorder.subscription.request(1);
    assertThat(recorder.completed).isTrue();
    assertThat(recorder.bytes()).isEqualTo(upTo(bytes));
    assertThat(channel.closes).isOne();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300})
  void endsWithoutDemandWhereTheLengthIsKnown(int bytes) throws IOException {
    FakeChannel channel = counting(bytes);
    publisher(channel, bytes).subscribe(recorder);
    if (bytes > 0) {
      assertThat(recorder.completed).isFalse();
      recorder.subscription.request(bytes);
    }
    assertThat(recorder.completed).isTrue();
    assertThat(recorder.bytes()).isEqualTo(upTo(bytes));
    assertThat(channel.closes).isOne();
  }

  @Test
  void demandAddsUpWithoutOverflow() throws IOException {
    publisher(counting(100), StreamValue.UNKNOWN_LENGTH).subscribe(recorder);
    recorder.whenNext = r -> r.subscription.request(Long.MAX_VALUE);
    recorder.subscription.request(Long.MAX_VALUE - 1);
    assertThat(recorder.bytes()).isEqualTo(upTo(100));
    assertThat(recorder.completed).isTrue();
  }

  @Test
  void publishesNothingBeforeTheSubscriberKnowsItsSubscription() throws IOException {
    recorder.whenSubscribed =
        r -> {
          r.subscription.request(2);
          assertThat(r.items).isEmpty();
        };
    publisher(counting(5), 5).subscribe(recorder);
    assertThat(recorder.items).hasSize(2);
  }

  @Test
  void doesNotRecurseWhenASubscriberAsksInsideOnNext() throws IOException {
    int bytes = 200_000;
    recorder.whenSubscribed = r -> r.subscription.request(1);
    recorder.whenNext =
        r -> {
          int before = r.items.size();
          r.subscription.request(1);
          assertThat(r.items).hasSize(before);
        };
    publisher(counting(bytes), bytes).subscribe(recorder);
    assertThat(recorder.items).hasSize(bytes);
    assertThat(recorder.completed).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void refusesADemandBelowOne(long buffers) throws IOException {
    FakeChannel channel = counting(5);
    publisher(channel, 5).subscribe(recorder);
    recorder.subscription.request(1);
    recorder.subscription.request(buffers);
    assertThat(recorder.error)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Long.toString(buffers));
    assertThat(channel.closes).isOne();
    recorder.subscription.request(1);
    recorder.subscription.request(-1);
    assertThat(recorder.items).hasSize(1);
  }

  @Test
  void refusesADemandBelowOneInsideOnNextOnceThatReturned() throws IOException {
    recorder.whenNext = r -> r.subscription.request(0);
    publisher(counting(5), 5).subscribe(recorder);
    recorder.subscription.request(4);
    assertThat(recorder.items).hasSize(1);
    assertThat(recorder.error).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cancellingClosesOnceAndEndsPublishing() throws IOException {
    FakeChannel channel = counting(5);
    publisher(channel, 5).subscribe(recorder);
    recorder.whenNext = r -> r.subscription.cancel();
    recorder.subscription.request(4);
    recorder.subscription.cancel();
    recorder.subscription.request(4);
    recorder.subscription.request(-1);
    assertThat(recorder.items).hasSize(1);
    assertThat(recorder.completed).isFalse();
    assertThat(recorder.error).isNull();
    assertThat(channel.closes).isOne();
  }

  @Test
  void cancellingInsideOnSubscribeReadsNothing() throws IOException {
    recorder.whenSubscribed =
        r -> {
          r.subscription.request(1);
          r.subscription.cancel();
        };
    FakeChannel channel = counting(5);
    publisher(channel, 5).subscribe(recorder);
    assertThat(recorder.items).isEmpty();
    assertThat(channel.closes).isOne();
  }

  @Test
  void cancellingFromAnotherThreadEndsAReadInSilence() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    FakeChannel channel =
        new FakeChannel(
            target -> {
              try {
                closed.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              throw new IOException("closed");
            });
    publisher(channel, 5).subscribe(recorder);
    Waiting<Void> request =
        Waiting.on(
                () -> {
                  recorder.subscription.request(1);
                  return (Void) null;
                })
            .untilBlocked();
    recorder.subscription.cancel();
    assertThat(channel.closes).isOne();
    closed.countDown();
    request.result();
    assertThat(recorder.error).isNull();
    assertThat(recorder.items).isEmpty();
  }

  @Test
  void demandOfAnotherThreadIsServedByTheOneThatReads() throws Exception {
    CountDownLatch proceed = new CountDownLatch(1);
    publisher(counting(300), 300).subscribe(recorder);
    recorder.whenNext =
        r -> {
          if (r.items.size() == 1) {
            try {
              proceed.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    Waiting<Void> first =
        Waiting.on(
                () -> {
                  recorder.subscription.request(1);
                  return (Void) null;
                })
            .untilBlocked();
    recorder.subscription.request(299);
    assertThat(recorder.items).hasSize(1);
    proceed.countDown();
    first.result();
    assertThat(recorder.bytes()).isEqualTo(upTo(300));
    assertThat(recorder.completed).isTrue();
  }

  @Test
  void tellsAFailureAndCloses() throws IOException {
    for (Throwable failure :
        new Throwable[] {
          new IOException("broken"), new IllegalStateException("odd"), new StackOverflowError()
        }) {
      FakeChannel channel =
          new FakeChannel(
              target -> {
                throw ChannelPublisherTest.<RuntimeException>unchecked(failure);
              });
      Recorder told = new Recorder();
      publisher(channel, StreamValue.UNKNOWN_LENGTH).subscribe(told);
      assertThat(told.error).isNull();
      told.subscription.request(1);
      assertThat(told.error).isSameAs(failure);
      assertThat(channel.closes).isOne();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable e) throws E {
    throw (E) e;
  }

  @Test
  void neitherAnEarlyNorALateEndIsCompletion() throws IOException {
    Recorder early = new Recorder();
    publisher(counting(3), 4).subscribe(early);
    early.subscription.request(9);
    assertThat(early.items).hasSize(3);
    assertThat(early.error).isInstanceOf(EOFException.class);
    Recorder late = new Recorder();
    publisher(counting(5), 4).subscribe(late);
    late.subscription.request(9);
    assertThat(late.items).hasSize(4);
    assertThat(late.error).isInstanceOf(IOException.class).hasMessageContaining("longer");
  }

  @Test
  void aSubscriberThatThrowsIsCancelled() throws IOException {
    IllegalStateException thrown = new IllegalStateException("no");
    recorder.whenNext =
        r -> {
          throw thrown;
        };
    FakeChannel channel = counting(5);
    publisher(channel, 5).subscribe(recorder);
    assertThatThrownBy(() -> recorder.subscription.request(2)).isSameAs(thrown);
    assertThat(channel.closes).isOne();
    recorder.subscription.request(2);
    assertThat(recorder.items).hasSize(1);

    Recorder refuses = new Recorder();
    refuses.whenSubscribed =
        r -> {
          throw thrown;
        };
    FakeChannel another = counting(5);
    Flow.Publisher<ByteBuffer> publisher = publisher(another, 5);
    assertThatThrownBy(() -> publisher.subscribe(refuses)).isSameAs(thrown);
    assertThat(another.closes).isOne();
  }

  @Test
  void hasOneSubscriber() throws IOException {
    FakeChannel channel = counting(5);
    Flow.Publisher<ByteBuffer> publisher = publisher(channel, 5);
    assertThatNullPointerException().isThrownBy(() -> publisher.subscribe(null));
    publisher.subscribe(recorder);
    Recorder second = new Recorder();
    publisher.subscribe(second);
    assertThat(second.subscription).isNotNull();
    assertThat(second.error).isInstanceOf(IllegalStateException.class);
    second.subscription.request(1);
    second.subscription.cancel();
    recorder.subscription.request(5);
    assertThat(recorder.bytes()).isEqualTo(upTo(5));
    assertThat(recorder.completed).isTrue();
  }

  @Test
  void buffersStayWhatTheyWere() throws IOException {
    int bytes = 100_000;
    publisher(counting(bytes), StreamValue.UNKNOWN_LENGTH).subscribe(recorder);
    recorder.subscription.request(Long.MAX_VALUE);
    assertThat(recorder.buffers).hasSize(bytes);
    for (int i = 0; i < bytes; i++) {
      ByteBuffer buffer = recorder.buffers.get(i);
      assertThat(buffer.remaining()).isOne();
      assertThat(buffer.get(0)).isEqualTo((byte) i);
      assertThat(buffer.capacity()).as("no room that is another's").isOne();
    }
  }

  @Test
  void readsLargeValuesByLargeBuffers() throws IOException {
    byte[] bytes = new byte[1_000_000];
    StreamValue.of(bytes).publisher().subscribe(recorder);
    recorder.subscription.request(Long.MAX_VALUE);
    assertThat(recorder.bytes()).isEqualTo(bytes);
    assertThat(recorder.items).hasSize(16);
  }
}
