package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * The definition of linearizability, tried out on every order of every choice of the operations
 * whose outcome is unknown. For a handful of operations.
 */
final class AllOrders {
  private final List<Span> spans;

  private AllOrders(List<Span> spans) {
    this.spans = spans;
  }

  static boolean explain(List<Span> spans) {
    List<Span> effective =
        spans.stream()
            .filter(span -> span.operation().outcome() != Outcome.FAILED)
            .filter(span -> span.operation().outcome() == Outcome.KNOWN || isChange(span))
            .toList();
    return new AllOrders(effective).extend(new ArrayList<>(), Operation.ABSENT);
  }

  private static boolean isChange(Span span) {
    return span.operation().kind().mayChange();
  }

  private boolean extend(List<Span> order, long state) {
    boolean complete =
        spans.stream()
            .allMatch(
                span -> span.operation().outcome() == Outcome.UNKNOWN || order.contains(span));
    if (complete) {
      return true;
    }
    for (Span next : spans) {
      if (!order.contains(next) && mayFollow(next, order)) {
        Operation operation = next.operation();
        if (operation.isExplainedBy(state)) {
          order.add(next);
          if (extend(order, operation.next(state))) {
            return true;
          }
          order.remove(order.size() - 1);
        }
      }
    }
    return false;
  }

  /** Whether nothing that has to come before it is missing. */
  private boolean mayFollow(Span next, List<Span> order) {
    return spans.stream()
        .allMatch(
            other ->
                isSame(other.operation(), next.operation())
                    || order.contains(other)
                    || (other.toNanos() >= next.fromNanos() && !next.mustFollow(other)));
  }

  /**
   * Whether an order is one that the spans allow, and one that explains all results.
   *
   * @param order of the operations of the spans
   */
  static boolean allows(List<Span> spans, List<Operation> order) {
    long state = Operation.ABSENT;
    List<Operation> before = new ArrayList<>();
    for (Operation operation : order) {
      Span span = spanOf(operation, spans);
      for (Span other : spans) {
        boolean first = other.toNanos() < span.fromNanos() || span.mustFollow(other);
        if (first && !isSame(other.operation(), operation) && !before.contains(other.operation())) {
          return false;
        }
      }
      if (!operation.isExplainedBy(state)) {
        return false;
      }
      state = operation.next(state);
      before.add(operation);
    }
    return spans.stream()
        .map(Span::operation)
        .allMatch(operation -> operation.outcome() != Outcome.KNOWN || before.contains(operation));
  }

  private static boolean isSame(Operation one, Operation other) {
    return one.id() == other.id();
  }

  private static Span spanOf(Operation operation, List<Span> spans) {
    return spans.stream()
        .filter(span -> isSame(span.operation(), operation))
        .findFirst()
        .orElseThrow();
  }
}
