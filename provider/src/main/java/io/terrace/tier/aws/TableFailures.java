package io.terrace.tier.aws;

import io.terrace.tier.aws.CallFailedException.Kind;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * Says of a failed request to DynamoDB what to change. Immutable.
 *
 * @param table its name
 */
record TableFailures(String table) {
  private static final int SERVER_ERROR = 500;

  private static final String TOO_MUCH = "make the table on-demand, or raise its capacity";

  private static final Map<String, String> ADVICE =
      Map.of(
          "UnrecognizedClientException",
          "check aws.access-key",
          "InvalidSignatureException",
          "check aws.secret-key, and the clock of this machine",
          "ExpiredTokenException",
          "the credentials have expired",
          "MissingAuthenticationTokenException",
          "set aws.access-key and aws.secret-key",
          "ProvisionedThroughputExceededException",
          TOO_MUCH,
          "RequestLimitExceeded",
          "the account has a limit on its requests: have it raised",
          "ThrottlingException",
          "the table takes no more requests now: raise its limits, or spread the load");

  /** What makes a table as the tier needs it. */
  String definition() {
    return "aws dynamodb create-table --table-name "
        + table
        + " --attribute-definitions AttributeName=p,AttributeType=B AttributeName=k,AttributeType=B"
        + " --key-schema AttributeName=p,KeyType=HASH AttributeName=k,KeyType=RANGE"
        + " --billing-mode PAY_PER_REQUEST && aws dynamodb wait table-exists --table-name "
        + table
        + " && aws dynamodb update-time-to-live --table-name "
        + table
        + " --time-to-live-specification Enabled=true,AttributeName=x";
  }

  CallFailedException refusedByBreaker(TableOperation operation) {
    return new CallFailedException(
        "DynamoDB failed too often, not asked for now: " + doing(operation),
        Kind.BREAKER_OPEN,
        null);
  }

  CallFailedException explain(TableOperation operation, SdkException failure) {
    if (failure instanceof AwsServiceException answer) {
      return answered(operation, answer);
    }
    if (SdkFailures.isTimeout(failure)) {
      String message = "DynamoDB did not answer in time (aws.request-timeout): ";
      return new CallFailedException(message + doing(operation), Kind.TIMED_OUT, failure);
    }
    return new CallFailedException(
        unanswered(failure) + ": " + doing(operation), Kind.FAILED, failure);
  }

  /** Of many keys, some had no answer as often as they were asked for. */
  CallFailedException leftOut(TableOperation operation) {
    return new CallFailedException(
        "DynamoDB left keys out of each answer: " + doing(operation) + " (" + TOO_MUCH + ")",
        Kind.REFUSED,
        null);
  }

  private String doing(TableOperation operation) {
    return operation + " in table '" + table + "'";
  }

  private CallFailedException answered(TableOperation operation, AwsServiceException answer) {
    if (answer instanceof ResourceNotFoundException) {
      return new CallFailedException(
          "there is no table '"
              + table
              + "' (aws.table): set aws.create = true, or make it with: "
              + definition(),
          Kind.NO_TABLE,
          answer);
    }
    String message =
        "DynamoDB refused with "
            + code(answer)
            + ": "
            + doing(operation)
            + advice(operation, answer);
    Kind refused = isRetried(answer) ? Kind.UNSURE : Kind.REFUSED;
    boolean failed = answer.statusCode() >= SERVER_ERROR;
    return new CallFailedException(message, failed ? Kind.FAILED : refused, answer);
  }

  /** Then the answer is that to the last attempt; an earlier one may have been done. */
  static boolean isRetried(SdkException failure) {
    Integer attempts = failure.numAttempts();
    return attempts != null && attempts > 1;
  }

  private static String code(AwsServiceException answer) {
    if (answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null) {
      return String.valueOf(answer.statusCode());
    }
    return answer.awsErrorDetails().errorCode();
  }

  private String advice(TableOperation operation, AwsServiceException answer) {
    String code = code(answer);
    String advice = ADVICE.get(code);
    if (advice != null) {
      return " (" + advice + ")";
    }
    if (code.equals("AccessDeniedException")) {
      return " (allow " + operation.action() + " on arn:aws:dynamodb:*:*:table/" + table + ")";
    }
    String said = answer.awsErrorDetails() == null ? "" : answer.awsErrorDetails().errorMessage();
    if (isAboutKeys(code, said)) {
      return " (the table needs other keys; make one with: " + definition() + ")";
    }
    return said == null || said.isEmpty() ? "" : ", " + said;
  }

  private static boolean isAboutKeys(String code, String said) {
    return code.equals("ValidationException")
        && said != null
        && (said.contains("key element")
            || said.contains("Type mismatch for key")
            || said.contains("Missing the key"));
  }

  private static String unanswered(SdkException failure) {
    boolean isAboutRegion =
        !SdkFailures.isAboutCredentials(failure)
            && String.valueOf(failure.getMessage()).contains("region");
    return isAboutRegion
        ? "there is no region for AWS: set aws.region"
        : SdkFailures.unanswered(failure, "DynamoDB");
  }
}
