package io.terrace.tier.aws;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/** Counts the requests of a client, and disturbs the n-th of a kind. Thread safe. */
final class RequestFaults implements ExecutionInterceptor {
  /** Which of its kind a request is. */
  private static final ExecutionAttribute<Long> NUMBER = new ExecutionAttribute<>("number");

  private final List<Class<?>> requests = new CopyOnWriteArrayList<>();
  private final List<Class<?>> answered = new CopyOnWriteArrayList<>();
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private volatile int namesInAPage = 1000;

  /** When a fault comes. */
  private enum Stage {
    BEFORE,
    ATTEMPT,
    CONTENT,
    AFTER
  }

  private record Fault(
      Class<? extends SdkRequest> kind,
      int number,
      Stage stage,
      Runnable action,
      UnaryOperator<InputStream> content) {}

  /** How many requests of a kind there were, without the SDK's own attempts. */
  long count(Class<? extends SdkRequest> kind) {
    return requests.stream().filter(kind::equals).count();
  }

  /** How many requests of a kind were carried out. */
  long answers(Class<? extends SdkRequest> kind) {
    return answered.stream().filter(kind::equals).count();
  }

  /** All kinds of requests that there were, in their order. */
  List<String> kinds() {
    List<String> kinds = new ArrayList<>();
    for (Class<?> request : requests) {
      kinds.add(request.getSimpleName().replace("Request", ""));
    }
    return kinds;
  }

  void forget() {
    requests.clear();
    answered.clear();
  }

  /** The n-th request from now on, counted from 1, fails without reaching the server. */
  void fail(Class<? extends SdkRequest> kind, int number) {
    before(kind, number, () -> throwFailure("refused by the test"));
  }

  /** The n-th request is carried out, and its answer is lost. */
  void loseAnswer(Class<? extends SdkRequest> kind, int number) {
    add(kind, number, Stage.AFTER, () -> throwFailure("lost by the test"), in -> in);
  }

  /** Does something before the n-th request goes out. */
  void before(Class<? extends SdkRequest> kind, int number, Runnable action) {
    add(kind, number, Stage.BEFORE, action, in -> in);
  }

  /** Does something before each attempt of the SDK to send the n-th request. */
  void attempt(Class<? extends SdkRequest> kind, int number, Runnable action) {
    add(kind, number, Stage.ATTEMPT, action, in -> in);
  }

  /** Changes what the answer to the n-th request has. */
  void content(Class<? extends SdkRequest> kind, int number, UnaryOperator<InputStream> change) {
    add(kind, number, Stage.CONTENT, () -> {}, change);
  }

  /** How many objects or uploads a list has at most from now on. */
  void namesInAPage(int count) {
    namesInAPage = count;
  }

  private void add(
      Class<? extends SdkRequest> kind,
      int number,
      Stage stage,
      Runnable action,
      UnaryOperator<InputStream> content) {
    faults.add(new Fault(kind, (int) count(kind) + number, stage, action, content));
  }

  private static void throwFailure(String message) {
    throw SdkClientException.create(message);
  }

  private List<Fault> due(SdkRequest request, ExecutionAttributes attributes, Stage stage) {
    long number = attributes.getAttribute(NUMBER);
    return faults.stream()
        .filter(
            fault ->
                fault.kind().isInstance(request)
                    && fault.stage() == stage
                    && fault.number() == number)
        .toList();
  }

  private synchronized long countIn(Class<? extends SdkRequest> kind) {
    requests.add(kind);
    return count(kind);
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    attributes.putAttribute(NUMBER, countIn(context.request().getClass()));
    due(context.request(), attributes, Stage.BEFORE).forEach(fault -> fault.action().run());
  }

  @Override
  public SdkRequest modifyRequest(Context.ModifyRequest context, ExecutionAttributes attributes) {
    if (context.request() instanceof ListObjectsV2Request list) {
      return list.toBuilder().maxKeys(namesInAPage).build();
    } else if (context.request() instanceof ListMultipartUploadsRequest list) {
      return list.toBuilder().maxUploads(namesInAPage).build();
    }
    return context.request();
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    due(context.request(), attributes, Stage.ATTEMPT).forEach(fault -> fault.action().run());
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    Optional<InputStream> content = context.responseBody();
    for (Fault fault : due(context.request(), attributes, Stage.CONTENT)) {
      content = content.map(fault.content());
    }
    return content;
  }

  @Override
  public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
    answered.add(context.request().getClass());
    due(context.request(), attributes, Stage.AFTER).forEach(fault -> fault.action().run());
  }
}
