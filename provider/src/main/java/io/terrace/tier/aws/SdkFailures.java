package io.terrace.tier.aws;

import java.net.SocketTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What failures of the AWS SDK mean, whichever service was asked. */
final class SdkFailures {
  private static final String NO_CREDENTIALS =
      "there are no credentials for AWS: set aws.access-key and aws.secret-key, or one of"
          + " the places where the AWS SDK looks for them";

  private SdkFailures() {}

  /** Whether there was no answer in time. */
  static boolean isTimeout(SdkException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ApiCallAttemptTimeoutException
          || cause instanceof ApiCallTimeoutException
          || cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Why a request was not answered, and what to change.
   *
   * @param service its name
   */
  static String unanswered(SdkException failure, String service) {
    String message = String.valueOf(failure.getMessage());
    if (isAboutCredentials(failure)) {
      return NO_CREDENTIALS;
    }
    if (message.contains("Timeout waiting for connection from pool")) {
      return "all connections to " + service + " are in use (aws.connections)";
    }
    return service + " could not be asked: " + message;
  }

  /** Whether there are none; it has no type of its own. */
  static boolean isAboutCredentials(SdkException failure) {
    return String.valueOf(failure.getMessage()).contains("credentials");
  }
}
