package io.terrace.tier.aws;

import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Counts what is really sent, each attempt, by the name of the operation. */
final class RequestCounts implements ExecutionInterceptor {
  private final Map<String, Integer> counts = new TreeMap<>();

  @Override
  public synchronized void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    String name = context.request().getClass().getSimpleName();
    counts.merge(name.substring(0, name.length() - "Request".length()), 1, Integer::sum);
  }

  /** What was sent since the last time. */
  synchronized Map<String, Integer> take() {
    Map<String, Integer> taken = Map.copyOf(counts);
    counts.clear();
    return taken;
  }
}
