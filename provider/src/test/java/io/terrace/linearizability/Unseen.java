package io.terrace.linearizability;

import static io.terrace.linearizability.Operation.ABSENT;
import static io.terrace.linearizability.Operation.UNSEEN;
import static io.terrace.linearizability.Operation.VALUES_PER_PUT;

import io.terrace.linearizability.Operation.Outcome;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes operations alike that no result tells apart: all values that nobody saw become one, and an
 * operation whose answer is unknown becomes the one that does the same and answers nothing. So most
 * of what failed is one of a few operations, which keeps a search short.
 */
final class Unseen {
  private Unseen() {}

  /** The same spans in the same order, with operations of the same effect. */
  static List<Span> replacedIn(List<Span> spans) {
    Set<Long> seen = new HashSet<>();
    for (Span span : spans) {
      Operation operation = span.operation();
      if (operation.expected() != ABSENT) {
        seen.add(put(operation.expected()));
      }
      if (operation.outcome() == Outcome.KNOWN) {
        seen.add(put(operation.result()));
      }
    }
    return spans.stream().map(span -> replaced(span, seen)).toList();
  }

  /** Which put a value comes from, counted on or not. */
  private static long put(long value) {
    return value / VALUES_PER_PUT;
  }

  private static Span replaced(Span span, Set<Long> seen) {
    Operation one = span.operation();
    boolean hidden = one.value() != ABSENT && !seen.contains(put(one.value()));
    Operation same =
        new Operation(
            one.id(),
            one.process(),
            one.thread(),
            one.key(),
            one.outcome() == Outcome.UNKNOWN ? silent(one.kind()) : one.kind(),
            hidden ? UNSEEN : one.value(),
            one.expected(),
            one.callNanos(),
            one.endNanos(),
            one.outcome(),
            one.result());
    return new Span(same, span.fromNanos(), span.toNanos());
  }

  private static Kind silent(Kind kind) {
    return switch (kind) {
      case GET_AND_PUT -> Kind.PUT;
      case GET_AND_REMOVE -> Kind.REMOVE;
      case GET_AND_REPLACE -> Kind.REPLACE;
      default -> kind;
    };
  }
}
