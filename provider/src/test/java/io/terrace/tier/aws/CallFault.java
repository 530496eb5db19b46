package io.terrace.tier.aws;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** Counts the calls of the SDK, of either service, and disturbs the n-th. Thread safe. */
final class CallFault implements ExecutionInterceptor {
  private static final int INTERNAL_SERVER_ERROR = 500;

  /** Which call a request belongs to. */
  private static final ExecutionAttribute<Integer> NUMBER = new ExecutionAttribute<>("call");

  private final Kind kind;
  private final int number;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicInteger attempts = new AtomicInteger();

  /** What becomes of the call. */
  enum Kind {
    NONE,
    /** It fails, and nothing was sent. */
    NOT_SENT,
    /** It is carried out, and fails for the caller. */
    ANSWER_LOST,
    /** Its first attempt is carried out, and the SDK makes another. */
    REPEATED,
    /** Neither it nor any later one is sent: the process has died. */
    NO_MORE
  }

  /**
   * @param number counted from 1
   */
  CallFault(Kind kind, int number) {
    this.kind = kind;
    this.number = number;
  }

  /** How many calls there were, without the SDK's own attempts. */
  int calls() {
    return calls.size();
  }

  /** What was called for. */
  Set<String> kinds() {
    return Set.copyOf(calls);
  }

  /** How many items were changed, as far as the caller may know. */
  int changes() {
    return changes.get();
  }

  private boolean hits(ExecutionAttributes attributes) {
    return attributes.getAttribute(NUMBER) == number;
  }

  private synchronized int count(SdkRequest request) {
    calls.add(request.getClass().getSimpleName().replace("Request", ""));
    return calls.size();
  }

  @Override
  public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
    int mine = count(context.request());
    attributes.putAttribute(NUMBER, mine);
    if ((kind == Kind.NOT_SENT && mine == number) || (kind == Kind.NO_MORE && mine >= number)) {
      throw SdkClientException.create("not sent, by the test");
    }
  }

  @Override
  public SdkHttpResponse modifyHttpResponse(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    if (kind == Kind.REPEATED && hits(attributes) && attempts.incrementAndGet() == 1) {
      return context.httpResponse().toBuilder().statusCode(INTERNAL_SERVER_ERROR).build();
    }
    return context.httpResponse();
  }

  /** The SDK asks for it right after the head of the same answer. */
  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    boolean lost = kind == Kind.REPEATED && hits(attributes) && attempts.get() == 1;
    return lost ? Optional.of(new ByteArrayInputStream(new byte[0])) : context.responseBody();
  }

  @Override
  public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
    if (changesItem(context.request())) {
      changes.incrementAndGet();
    }
    if (kind == Kind.ANSWER_LOST && hits(attributes)) {
      throw SdkClientException.create("lost by the test");
    }
  }

  private static boolean changesItem(SdkRequest request) {
    return request instanceof PutItemRequest || request instanceof UpdateItemRequest;
  }
}
