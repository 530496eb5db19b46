package io.terrace.tier.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Answers for services that take no more requests for a while. Thread safe. */
final class Throttling implements ExecutionInterceptor {
  static final int FOR_EVER = Integer.MAX_VALUE;

  private static final int BAD_REQUEST = 400;
  private static final int SERVICE_UNAVAILABLE = 503;

  private Class<? extends SdkRequest> kind = SdkRequest.class;
  private int attempts;
  private int partialAnswers;
  private int refused;

  /** The next attempts at requests of a kind are refused, without being sent. */
  synchronized void refuse(Class<? extends SdkRequest> requests, int count) {
    kind = requests;
    attempts = count;
  }

  /** The next answers for many keys have one item at most, and leave out the other keys. */
  synchronized void answerInPart(int count) {
    partialAnswers = count;
  }

  /** How many attempts were refused since the last time. */
  synchronized int takeRefused() {
    int taken = refused;
    refused = 0;
    return taken;
  }

  @Override
  public synchronized void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    if (attempts > 0 && kind.isInstance(context.request())) {
      attempts--;
      refused++;
      throw context.request() instanceof DynamoDbRequest ? throughputExceeded() : slowDown();
    }
  }

  private static RuntimeException throughputExceeded() {
    return ProvisionedThroughputExceededException.builder()
        .statusCode(BAD_REQUEST)
        .awsErrorDetails(details("ProvisionedThroughputExceededException"))
        .build();
  }

  private static RuntimeException slowDown() {
    return S3Exception.builder()
        .statusCode(SERVICE_UNAVAILABLE)
        .awsErrorDetails(details("SlowDown"))
        .build();
  }

  private static AwsErrorDetails details(String code) {
    return AwsErrorDetails.builder().errorCode(code).errorMessage("by the test").build();
  }

  @Override
  public synchronized SdkResponse modifyResponse(
      Context.ModifyResponse context, ExecutionAttributes attributes) {
    if (partialAnswers == 0
        || !(context.request() instanceof BatchGetItemRequest request)
        || !(context.response() instanceof BatchGetItemResponse response)) {
      return context.response();
    }
    partialAnswers--;
    String table = request.requestItems().keySet().iterator().next();
    KeysAndAttributes wanted = request.requestItems().get(table);
    List<Map<String, AttributeValue>> answered = response.responses().get(table).subList(0, 1);
    List<Map<String, AttributeValue>> left = new ArrayList<>(wanted.keys());
    left.removeIf(key -> answered.get(0).entrySet().containsAll(key.entrySet()));
    Map<String, KeysAndAttributes> unprocessed =
        left.isEmpty() ? Map.of() : Map.of(table, wanted.toBuilder().keys(left).build());
    return response.toBuilder()
        .responses(Map.of(table, answered))
        .unprocessedKeys(unprocessed)
        .build();
  }
}
