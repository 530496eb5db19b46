package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Says of a failed request to S3 what to change. Immutable.
 *
 * @param bucket its name
 * @param prefix what the names of the objects begin with
 */
record BucketFailures(String bucket, String prefix) {
  private static final int FORBIDDEN = 403;
  private static final int MOVED = 301;
  private static final int SERVER_ERROR = 500;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private static final Map<String, String> ADVICE =
      Map.of(
          "NoSuchBucket",
          "the bucket does not exist: create it or set aws.create = true",
          "BucketAlreadyExists",
          "the bucket belongs to somebody else: set another aws.bucket",
          "InvalidAccessKeyId",
          "check aws.access-key",
          "SignatureDoesNotMatch",
          "check aws.secret-key",
          "ExpiredToken",
          "the credentials have expired",
          "RequestTimeTooSkewed",
          "check the clock of this machine",
          "AuthorizationHeaderMalformed",
          "the bucket is in another region: set aws.region",
          "PermanentRedirect",
          "the bucket is in another region: set aws.region",
          "SlowDown",
          "S3 asks for fewer requests: lower aws.connections or aws.parts-in-flight");

  IOException explain(BucketOperation operation, SdkException failure) {
    if (failure instanceof AbortedException) {
      return withCause(new InterruptedIOException("interrupted: " + doing(operation)), failure);
    }
    if (failure instanceof AwsServiceException refusal) {
      return refused(operation, refusal);
    }
    if (SdkFailures.isTimeout(failure)) {
      String message = "S3 did not answer in time (aws.request-timeout): " + doing(operation);
      return withCause(new SocketTimeoutException(message), failure);
    }
    return new IOException(
        SdkFailures.unanswered(failure, "S3") + ": " + doing(operation), failure);
  }

  private static <E extends IOException> E withCause(E exception, Throwable cause) {
    exception.initCause(cause);
    return exception;
  }

  private String doing(BucketOperation operation) {
    return operation + " in bucket '" + bucket + "'";
  }

  private IOException refused(BucketOperation operation, AwsServiceException refusal) {
    String code = code(refusal);
    if (operation == BucketOperation.GET_OBJECT) {
      if (code.equals("NoSuchKey")) {
        return new LostBodyException(
            "the body is not in S3 any more", PurgeReason.EVICTION, refusal);
      }
      if (refusal.statusCode() == RANGE_NOT_SATISFIABLE) {
        return new LostBodyException(
            "the object in S3 is shorter than its body", PurgeReason.CORRUPTION, refusal);
      }
    }
    String advice = advice(operation, code, refusal.statusCode());
    return new IOException(
        "S3 refused with "
            + refusal.statusCode()
            + " "
            + code
            + ": "
            + doing(operation)
            + (advice == null ? "" : " (" + advice + ")"),
        refusal);
  }

  /** What kind of error it is; empty where the answer had no body that says so. */
  static String code(AwsServiceException refusal) {
    if (refusal.awsErrorDetails() == null || refusal.awsErrorDetails().errorCode() == null) {
      return "";
    }
    return refusal.awsErrorDetails().errorCode();
  }

  private @Nullable String advice(BucketOperation operation, String code, int status) {
    String advice = ADVICE.get(code);
    if (advice != null) {
      return advice;
    }
    if (status == FORBIDDEN) {
      return "allow " + operation.action() + " on " + resource(operation);
    }
    return status == MOVED ? ADVICE.get("PermanentRedirect") : null;
  }

  private String resource(BucketOperation operation) {
    String whole = "arn:aws:s3:::" + bucket;
    String objects = whole + "/" + prefix + "*";
    return switch (operation) {
      case LIST_OBJECTS, LIST_MULTIPART_UPLOADS, HEAD_BUCKET, CREATE_BUCKET -> whole;
      case GET_OBJECT, HEAD_OBJECT -> // without the latter, this may be an object that is not there
          objects + ", and s3:ListBucket on " + whole;
      default -> objects;
    };
  }

  /** Whether a request that failed so may have been carried out all the same, or still be. */
  static boolean mayBeDone(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof AwsServiceException refusal) {
        return refusal.statusCode() >= SERVER_ERROR;
      }
    }
    return true;
  }
}
