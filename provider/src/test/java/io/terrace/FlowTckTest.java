package io.terrace;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.SkipException;

/**
 * The rules of reactive streams as their TCK checks them. It is written for TestNG, so its methods
 * are called one by one, each on an instance of its own.
 */
class FlowTckTest {
  /** How long signals may take on a slow machine; two of the rules wait for all of it. */
  private static final long TIMEOUT_MILLIS = 1_500;

  private static final long NO_SIGNAL_MILLIS = 50;

  @TestFactory
  List<DynamicTest> aValueAsAPublisher() {
    return tests(Publishing::new, Publishing::setUp, publishing -> {});
  }

  @TestFactory
  List<DynamicTest> aSourceAsASubscriber() {
    return tests(
        Subscribing::new,
        subscribing -> {
          subscribing.startPublisherExecutorService();
          subscribing.setUp();
        },
        Subscribing::tearDown);
  }

  private interface Step<T> {
    void with(T verification) throws Exception;
  }

  private static <T> List<DynamicTest> tests(
      Supplier<T> verification, Step<T> setUp, Step<T> tearDown) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Method method : verification.get().getClass().getMethods()) {
      if (method.isAnnotationPresent(org.testng.annotations.Test.class)) {
        tests.add(
            DynamicTest.dynamicTest(
                method.getName(), () -> run(verification.get(), setUp, method, tearDown)));
      }
    }
    tests.sort(Comparator.comparing(DynamicTest::getDisplayName));
    return tests;
  }

  private static <T> void run(T verification, Step<T> setUp, Method method, Step<T> tearDown)
      throws Throwable {
    setUp.with(verification);
    try {
      method.invoke(verification);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SkipException skipped) {
        abort(skipped.getMessage());
      }
      throw e.getCause();
    } finally {
      tearDown.with(verification);
    }
  }

  private static TestEnvironment environment() {
    return new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS);
  }

  /** Publishers of as many buffers as the TCK wants, of a byte each. */
  private static final class Publishing extends FlowPublisherVerification<ByteBuffer> {
    Publishing() {
      super(environment());
    }

    @Override
    public Flow.Publisher<ByteBuffer> createFlowPublisher(long elements) {
      long[] left = {elements};
      FakeChannel channel =
          new FakeChannel(
              target -> {
                if (left[0] == 0) {
                  return -1;
                }
                left[0]--;
                target.put((byte) 1);
                return 1;
              });
      try {
        return StreamValue.of(channel).publisher();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** One whose only subscriber came before. */
    @Override
    public Flow.Publisher<ByteBuffer> createFailedFlowPublisher() {
      Flow.Publisher<ByteBuffer> publisher = createFlowPublisher(1);
      publisher.subscribe(new Ignoring());
      return publisher;
    }
  }

  /** Subscribers that ask when the channel they belong to is read. */
  private static final class Subscribing extends FlowSubscriberBlackboxVerification<ByteBuffer> {
    private final List<BufferReceiver> receivers = new ArrayList<>();

    Subscribing() {
      super(environment());
    }

    void tearDown() {
      receivers.forEach(BufferReceiver::close); // which ends the threads that wait
      shutdownPublisherExecutorService();
    }

    @Override
    public Flow.Subscriber<ByteBuffer> createFlowSubscriber() {
      BufferReceiver receiver = new BufferReceiver();
      receivers.add(receiver);
      return receiver;
    }

    @Override
    public void triggerFlowRequest(Flow.Subscriber<? super ByteBuffer> subscriber) {
      Waiting.on(((BufferReceiver) subscriber)::take);
    }

    @Override
    public ByteBuffer createElement(int element) {
      return ByteBuffer.wrap(new byte[] {(byte) element});
    }
  }

  private static final class Ignoring implements Flow.Subscriber<ByteBuffer> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {}

    @Override
    public void onNext(ByteBuffer buffer) {}

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onComplete() {}
  }
}
