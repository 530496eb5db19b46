package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Histories of one key that are written down by a test. Not thread safe. */
final class Recorded {
  private final List<Operation> operations = new ArrayList<>();

  /** An operation that returned; the times are of any unit. */
  Recorded op(long call, long end, Kind kind, long value, long expected, long result) {
    return by(operations.size(), call, end, kind, value, expected, result);
  }

  /** The same by a process of this number; the others each have one of their own. */
  Recorded by(int process, long call, long end, Kind kind, long value, long expected, long result) {
    return add(process, call, end, kind, value, expected, Outcome.KNOWN, result);
  }

  /** An operation of which only the call is known. */
  Recorded unknown(long call, Kind kind, long value, long expected) {
    int process = operations.size();
    return add(process, call, Long.MAX_VALUE, kind, value, expected, Outcome.UNKNOWN, 0);
  }

  /** An operation that failed without having changed anything. */
  Recorded failed(long call, long end, Kind kind, long value) {
    return add(operations.size(), call, end, kind, value, 0, Outcome.FAILED, 0);
  }

  private Recorded add(
      int process,
      long call,
      long end,
      Kind kind,
      long value,
      long expected,
      Outcome outcome,
      long result) {
    int id = operations.size();
    operations.add(
        new Operation(id, process, 0, "k", kind, value, expected, call, end, outcome, result));
    return this;
  }

  List<Operation> operations() {
    return operations;
  }

  List<Span> spans() {
    return operations.stream().map(Span::of).toList();
  }

  /** Any few operations on few values, most of which no order explains. */
  static List<Span> random(Random random, int count) {
    Recorded recorded = new Recorded();
    Kind[] kinds = Kind.values();
    for (int i = 0; i < count; i++) {
      long call = random.nextInt(3 * count);
      long end = call + 1 + random.nextInt(count);
      Kind kind = kinds[random.nextInt(kinds.length)];
      long value = (1 + random.nextInt(3)) * Operation.VALUES_PER_PUT;
      boolean compares = kind == Kind.REPLACE_IF || kind == Kind.REMOVE_IF;
      long expected = compares ? (1 + random.nextInt(3)) * Operation.VALUES_PER_PUT : 0;
      if (random.nextInt(5) == 0) {
        recorded.unknown(call, kind, value, expected);
      } else {
        recorded.by(random.nextInt(3), call, end, kind, value, expected, answer(random, kind));
      }
    }
    List<Span> spans = new ArrayList<>();
    for (Span span : recorded.spans()) {
      boolean relax = span.operation().kind() == Kind.GET && random.nextBoolean();
      spans.add(relax ? span.since(span.fromNanos() - random.nextInt(2 * count)) : span);
    }
    return spans;
  }

  private static long answer(Random random, Kind kind) {
    return switch (kind) {
      case PUT -> 0;
      case REMOVE, PUT_IF_ABSENT, REPLACE, REPLACE_IF, REMOVE_IF -> random.nextInt(2);
      case GET, GET_AND_PUT, GET_AND_REMOVE, GET_AND_REPLACE, INVOKE, INVOKE_GET -> seen(random);
    };
  }

  /** A value or none; that of the last put is never seen. */
  private static long seen(Random random) {
    return switch (random.nextInt(5)) {
      case 0, 1 -> Operation.ABSENT;
      case 2 -> Operation.VALUES_PER_PUT + 1;
      default -> (1 + random.nextInt(2)) * Operation.VALUES_PER_PUT;
    };
  }
}
