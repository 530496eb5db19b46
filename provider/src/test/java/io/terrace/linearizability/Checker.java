package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Verdict.Linearizable;
import io.terrace.linearizability.Verdict.Undecided;
import io.terrace.linearizability.Verdict.Violated;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/**
 * Decides whether the operations of one key are linearizable (Herlihy and Wing, 1990): whether they
 * have the results that they would have if each had been done at one instant of its span. Keys are
 * checked one by one, as a history is linearizable iff those of its keys are (locality, ibid.).
 *
 * <p>The search is that of J. M. Wing and C. Gong, "Testing and verifying concurrent objects"
 * (Journal of Parallel and Distributed Computing 17, 1993), in the form that G. Lowe calls
 * just-in-time linearization, with his memoization of configurations ("Testing for
 * linearizability", Concurrency and Computation: Practice and Experience 29(4), 2017): calls and
 * returns are taken in the order of time, and only when an operation returns are it and what has to
 * come before it done, in all ways that explain the results so far.
 *
 * <p>Three shortcuts lose nothing. Values that nobody saw are not told apart ({@link Unseen}). An
 * operation that is known to have changed nothing is done as soon as the state explains it: in an
 * order that has it later it can as well stand here. And an operation of unknown outcome, which has
 * no return, is only done where it helps: of two configurations of the same state and the same
 * known changes, the one that has guessed less and seen more can be followed by whatever the other
 * can (see {@link Configuration#covers}); of two that would do the same, the one that was called
 * first is taken.
 *
 * <p>Deciding linearizability is NP-complete; the search gives up after a number of configurations,
 * and says so. An instance checks once, in one thread.
 */
final class Checker {
  static final long DEFAULT_LIMIT = 5_000_000;

  private final List<Span> spans;
  private final List<Operation> originals;
  private final List<BitSet> mustFollow = new ArrayList<>();
  private final BitSet pending = new BitSet();
  private final long limit;
  private long configurations;

  private Checker(List<Span> originals, long limit) {
    this.originals = originals.stream().map(Span::operation).toList();
    this.spans = Unseen.replacedIn(originals);
    this.limit = limit;
    for (Span span : spans) {
      BitSet first = new BitSet();
      for (int i = 0; i < spans.size(); i++) {
        first.set(i, span.mustFollow(spans.get(i)));
      }
      mustFollow.add(first);
    }
  }

  /** Checks the operations of one key, which held nothing at first. */
  static Verdict check(List<Span> spans) {
    return check(spans, DEFAULT_LIMIT);
  }

  /**
   * @param limit after how many configurations to give up
   */
  static Verdict check(List<Span> spans, long limit) {
    List<Span> effective = new ArrayList<>();
    for (Span span : spans) {
      Operation operation = span.operation();
      Outcome outcome = operation.outcome();
      boolean guess = outcome == Outcome.UNKNOWN && operation.kind().mayChange();
      if (outcome == Outcome.KNOWN || guess) {
        effective.add(span);
      }
    }
    effective.sort(Comparator.comparingLong(span -> span.operation().callNanos()));
    return new Checker(effective, limit).search();
  }

  /**
   * @param isCall or else a return
   */
  private record Event(long nanos, boolean isCall, int place) {}

  /** All calls and returns; a call that is as late as a return overlaps it. */
  private List<Event> events() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      events.add(new Event(span.fromNanos(), true, i));
      if (span.operation().outcome() == Outcome.KNOWN) {
        events.add(new Event(span.toNanos(), false, i));
      }
    }
    events.sort(Comparator.comparingLong(Event::nanos).thenComparing(event -> !event.isCall()));
    return events;
  }

  private Verdict search() {
    List<Configuration> frontier = List.of(Configuration.initial());
    for (Event event : events()) {
      if (event.isCall()) {
        pending.set(event.place());
        frontier = frontier.stream().map(this::absorbing).toList();
        continue;
      }
      Frontier next = linearized(frontier, event.place());
      if (configurations > limit) {
        return new Undecided(configurations);
      }
      if (next.all().isEmpty()) {
        List<Long> states = frontier.stream().map(Configuration::state).distinct().toList();
        return new Violated(originals.get(event.place()), states);
      }
      pending.clear(event.place());
      frontier = next.all();
    }
    return new Linearizable(frontier.get(0).order().stream().map(originals::get).toList());
  }

  /** All ways to go on so that the operation at this place, which returns now, is done. */
  private Frontier linearized(List<Configuration> frontier, int place) {
    Frontier done = new Frontier();
    Frontier met = new Frontier();
    Queue<Configuration> open = new ArrayDeque<>();
    for (Configuration start : frontier) {
      if (met.add(start)) {
        open.add(start);
      }
    }
    for (Configuration at = open.poll(); at != null && configurations <= limit; at = open.poll()) {
      if (at.has(place)) {
        boolean unused = done.add(at);
        continue;
      }
      for (Configuration next : successors(at)) {
        configurations++;
        if (met.add(next)) {
          open.add(next);
        }
      }
    }
    return done;
  }

  /** What one more change leads to. */
  private List<Configuration> successors(Configuration at) {
    List<Configuration> next = new ArrayList<>();
    List<Operation> guesses = new ArrayList<>();
    for (int i = pending.nextSetBit(0); i >= 0; i = pending.nextSetBit(i + 1)) {
      Operation operation = spans.get(i).operation();
      boolean known = operation.outcome() == Outcome.KNOWN;
      if (at.has(i) || (known && !operation.changed()) || !operation.isExplainedBy(at.state())) {
        continue;
      }
      if (known) {
        next.add(absorbing(after(at, i, with(at.changed(), i), at.guessed())));
      } else if (operation.next(at.state()) != at.state() && isNew(operation, guesses)) {
        guesses.add(operation);
        next.add(absorbing(after(at, i, at.changed(), with(at.guessed(), i))));
      }
    }
    return next;
  }

  /** Whether none of the others would do the same. */
  private static boolean isNew(Operation operation, List<Operation> others) {
    return others.stream()
        .noneMatch(
            other ->
                other.kind() == operation.kind()
                    && other.value() == operation.value()
                    && other.expected() == operation.expected());
  }

  private static BitSet with(BitSet set, int place) {
    BitSet more = (BitSet) set.clone();
    more.set(place);
    return more;
  }

  private Configuration after(Configuration at, int place, BitSet changed, BitSet guessed) {
    long state = spans.get(place).operation().next(at.state());
    return new Configuration(state, changed, at.seen(), guessed, at, List.of(place));
  }

  /** The same with all that the state explains and that changes nothing. */
  private Configuration absorbing(Configuration at) {
    List<Integer> step = new ArrayList<>();
    for (int i = pending.nextSetBit(0); i >= 0; i = pending.nextSetBit(i + 1)) {
      Operation operation = spans.get(i).operation();
      boolean only = operation.outcome() == Outcome.KNOWN && !operation.changed();
      if (only && !at.seen().get(i) && operation.isExplainedBy(at.state()) && isDue(at, i)) {
        step.add(i);
      }
    }
    if (step.isEmpty()) {
      return at;
    }
    BitSet seen = (BitSet) at.seen().clone();
    step.forEach(seen::set);
    return new Configuration(at.state(), at.changed(), seen, at.guessed(), at, step);
  }

  /** Whether all is done that the operation must follow. */
  private boolean isDue(Configuration at, int place) {
    BitSet missing = (BitSet) mustFollow.get(place).clone();
    missing.andNot(at.changed());
    return missing.isEmpty();
  }
}
