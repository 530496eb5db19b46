package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Verdict.Linearizable;
import io.terrace.linearizability.Verdict.Undecided;
import io.terrace.linearizability.Verdict.Violated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Says what is wrong with a history, as precisely as it can. Not thread safe. */
final class Judge {
  /** How many configurations a classification of what is wrong is worth. */
  private static final long GUESSES = 20_000;

  private final ReadBound bound;
  private final List<String> complaints = new ArrayList<>();
  private long stalestNanos;

  Judge(ReadBound bound) {
    this.bound = bound;
  }

  /** Judges the operations of each key. */
  void judge(History history) {
    history.byKey().forEach(this::judge);
  }

  private void judge(String key, List<Operation> operations) {
    List<Span> changes = spans(operations.stream().filter(one -> one.kind() != Kind.GET).toList());
    List<Span> all = spans(operations);
    Verdict strict = Checker.check(changes);
    if (strict instanceof Linearizable) {
      Verdict verdict = Checker.check(all);
      if (verdict instanceof Linearizable linearizable) {
        measure(linearizable.order());
      } else {
        complain("reads of " + key + " have no order with the changes", verdict, all);
      }
    } else {
      String which = belated(operations) ? "a failed operation had an effect on " : "changes of ";
      complain(which + key + " have no order", strict, changes);
    }
  }

  private List<Span> spans(List<Operation> operations) {
    return operations.stream().map(bound::span).toList();
  }

  /** Whether there is an order if what says that it changed nothing may have done so. */
  private boolean belated(List<Operation> operations) {
    List<Span> spans =
        operations.stream()
            .filter(one -> one.kind() != Kind.GET)
            .map(one -> one.outcome() == Outcome.FAILED ? one.withUnknownOutcome() : one)
            .map(bound::span)
            .toList();
    return Checker.check(spans, GUESSES) instanceof Linearizable;
  }

  private void complain(String what, Verdict verdict, List<Span> spans) {
    if (verdict instanceof Undecided undecided) {
      complaints.add(what + "? Undecided after " + undecided.configurations());
    } else if (verdict instanceof Violated violated) {
      Counterexample example = Counterexample.of(spans, violated);
      complaints.add(
          what
              + ": nothing explains #"
              + violated.stuck().id()
              + "; the register may have held "
              + violated.states()
              + "\n"
              + example.describe());
    }
  }

  /** How long before a read its value was surely no longer current. */
  private void measure(List<Operation> order) {
    Map<Long, Operation> endedBy = new HashMap<>();
    long state = Operation.ABSENT;
    for (Operation operation : order) {
      long next = operation.next(state);
      if (next != state) {
        endedBy.put(state, operation);
      }
      state = next;
    }
    for (Operation operation : order) {
      boolean read = operation.kind() == Kind.GET && operation.result() != Operation.ABSENT;
      Operation over = read ? endedBy.get(operation.result()) : null;
      if (over != null && over.outcome() == Outcome.KNOWN) {
        stalestNanos = Math.max(stalestNanos, operation.callNanos() - over.endNanos());
      }
    }
  }

  /** What is wrong; empty if nothing is. */
  List<String> complaints() {
    return complaints;
  }

  /** How old the oldest value was that a read returned; 0 if none was surely old. */
  long stalestMillis() {
    return stalestNanos / 1_000_000;
  }
}
