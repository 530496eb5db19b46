package io.terrace.tier.aws;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Predicate;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** Lets requests fail before they are sent, or loses the answers to attempts of one thread. */
final class RequestFailure implements ExecutionInterceptor {
  private static final int INTERNAL_SERVER_ERROR = 500;

  private volatile Predicate<SdkRequest> failing = request -> false;
  private int answersToLose;
  private boolean losing;
  private Runnable meanwhile = () -> {};

  /** From now on, these are not sent. */
  void fail(Predicate<SdkRequest> requests) {
    failing = requests;
  }

  /**
   * The next attempts that change an item are carried out, and look as if the server had failed;
   * the SDK makes another one.
   */
  synchronized void loseAnswers(int count) {
    answersToLose = count;
  }

  /** As {@link #loseAnswers} with one, and before the SDK makes another attempt this happens. */
  synchronized void loseAnswer(Runnable event) {
    answersToLose = 1;
    meanwhile = event;
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    if (failing.test(context.request())) {
      throw SdkClientException.create("refused by the test");
    }
  }

  @Override
  public synchronized SdkHttpResponse modifyHttpResponse(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    if (answersToLose == 0 || !changesItem(context.request())) {
      return context.httpResponse();
    }
    answersToLose--;
    losing = true;
    meanwhile.run();
    meanwhile = () -> {};
    return context.httpResponse().toBuilder().statusCode(INTERNAL_SERVER_ERROR).build();
  }

  /** The SDK asks for it right after the head of the same answer. */
  @Override
  public synchronized Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    boolean lost = losing;
    losing = false;
    return lost ? Optional.of(new ByteArrayInputStream(new byte[0])) : context.responseBody();
  }

  private static boolean changesItem(SdkRequest request) {
    return request instanceof PutItemRequest
        || request instanceof UpdateItemRequest
        || request instanceof DeleteItemRequest;
  }
}
