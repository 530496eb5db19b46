package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Verdict.Violated;
import java.util.ArrayList;
import java.util.List;

/**
 * A history that no order explains, made smaller for people. Only what keeps a linearizable history
 * linearizable is done to it: it ends with the operation that is stuck, what had not returned by
 * then is of unknown outcome; operations that changed nothing are left out; others are told to be
 * of unknown outcome. So what is left proves as much as the whole did.
 */
final class Counterexample {
  private static final long LIMIT = 20_000;

  private List<Span> spans;

  private Counterexample(List<Span> spans) {
    this.spans = spans;
  }

  /**
   * @param all the operations of one key
   */
  static Counterexample of(List<Span> all, Violated violated) {
    Counterexample example = new Counterexample(upTo(violated.stuck(), all));
    if (example.isViolatedBy(example.spans)) {
      example.shrink();
    }
    return example;
  }

  private static List<Span> upTo(Operation last, List<Span> all) {
    List<Span> begun = new ArrayList<>();
    for (Span span : all) {
      if (span.fromNanos() > last.endNanos()) {
        continue;
      }
      boolean returned = span.toNanos() <= last.endNanos();
      if (returned || span.operation().outcome() != Outcome.KNOWN) {
        begun.add(span);
      } else if (span.operation().kind().mayChange()) {
        begun.add(Span.of(span.operation().withUnknownOutcome()));
      }
    }
    return begun;
  }

  private void shrink() {
    for (int i = spans.size() - 1; i >= 0; i--) {
      Span span = spans.get(i);
      Operation operation = span.operation();
      if (operation.outcome() == Outcome.FAILED) {
        spans.remove(i);
        continue;
      }
      if (operation.outcome() != Outcome.KNOWN) {
        continue;
      }
      List<Span> fewer = new ArrayList<>(spans);
      if (operation.changed()) {
        fewer.set(i, Span.of(operation.withUnknownOutcome()));
      } else {
        fewer.remove(i);
      }
      if (isViolatedBy(fewer)) {
        spans = fewer;
      }
    }
  }

  private boolean isViolatedBy(List<Span> some) {
    return Checker.check(some, LIMIT) instanceof Violated;
  }

  /** What is left, in the order of calls. */
  List<Span> spans() {
    return spans;
  }

  /**
   * The operations whose results cannot be explained, one a line, and how many others there are.
   */
  String describe() {
    long origin = spans.stream().mapToLong(span -> span.operation().callNanos()).min().orElse(0);
    StringBuilder text = new StringBuilder();
    int others = 0;
    for (Span span : spans) {
      if (span.operation().outcome() == Outcome.KNOWN) {
        text.append("  ").append(span.operation().describe(origin));
        if (span.isRelaxed()) {
          text.append(", as of ").append((span.fromNanos() - origin) / 1000).append(" us");
        }
        text.append('\n');
      } else {
        others++;
      }
    }
    return text.append("  and ").append(others).append(" whose results play no part").toString();
  }
}
