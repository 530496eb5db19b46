package io.terrace.tier.aws;

import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.AbortedException;

/**
 * Interrupts of threads that ask AWS: the SDK asks nothing in a thread that was interrupted, and
 * breaks off what it is at.
 */
final class Interrupts {
  /** How often a request is made again that was broken off. */
  private static final int ATTEMPTS = 4;

  private Interrupts() {}

  /**
   * Makes a request that may be made twice without harm, whether or not the thread is interrupted,
   * which it is afterwards if it was before or meanwhile.
   *
   * @throws AbortedException if the thread was interrupted again and again
   */
  static <T> T heldOff(Supplier<T> request) {
    boolean interrupted = Thread.interrupted();
    try {
      for (int left = ATTEMPTS; ; left--) {
        try {
          return request.get();
        } catch (AbortedException e) {
          interrupted |= Thread.interrupted();
          if (left == 0) {
            throw e;
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
