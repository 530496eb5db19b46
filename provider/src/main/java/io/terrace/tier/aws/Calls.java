package io.terrace.tier.aws;

import dev.failsafe.CircuitBreaker;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Makes requests to DynamoDB: not while it failed too often lately, and not hindered by an
 * interrupt, which waits until the answer is there. Thread safe.
 */
final class Calls {
  /** One more than what a lost connection and the retries of its request may see. */
  private static final int FAILURES = 5;

  /** One call in a second finds the end of an outage soon enough. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final TableFailures failures;
  private final CircuitBreaker<Object> breaker =
      CircuitBreaker.builder()
          .withFailureThreshold(FAILURES)
          .withSuccessThreshold(1)
          .withDelay(PAUSE)
          .build();

  Calls(TableFailures failures) {
    this.failures = failures;
  }

  CircuitBreaker.State breakerState() {
    return breaker.getState();
  }

  /**
   * Makes a request that may be made twice without harm.
   *
   * @throws CallFailedException if it failed; says what to change
   */
  <T> T call(TableOperation operation, Supplier<T> request) throws CallFailedException {
    if (!breaker.tryAcquirePermit()) {
      throw failures.refusedByBreaker(operation);
    }
    boolean failed = true;
    try {
      T answer = Interrupts.heldOff(request);
      failed = false;
      return answer;
    } catch (SdkException e) {
      CallFailedException failure = failures.explain(operation, e);
      failed = failure.isOutage();
      throw failure;
    } catch (IllegalStateException | RejectedExecutionException e) { // of a closed client
      throw new CallFailedException("the aws tier is closed", CallFailedException.Kind.FAILED, e);
    } finally {
      if (failed) {
        breaker.recordFailure();
      } else {
        breaker.recordSuccess();
      }
    }
  }
}
