package io.terrace.linearizability;

import io.terrace.linearizability.Operation.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What all processes did.
 *
 * @param operations in no order
 * @param failures how often each kind of exception was thrown
 */
record History(List<Operation> operations, Map<String, Integer> failures) {

  /** Reads the files of {@link HistoryWriter}s; what a killed process wrote half is not there. */
  static History read(List<Path> files) throws IOException {
    Map<Integer, Operation> operations = new LinkedHashMap<>();
    Map<String, Integer> failures = new TreeMap<>();
    for (Path file : files) {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
        read(line.split(" "), operations, failures);
      }
    }
    return new History(List.copyOf(operations.values()), failures);
  }

  private static void read(
      String[] words, Map<Integer, Operation> operations, Map<String, Integer> failures) {
    int id = Integer.parseInt(words[1]);
    if (words[0].equals("C")) {
      operations.put(id, called(id, words));
      return;
    }
    Outcome outcome =
        switch (words[0]) {
          case "K" -> Outcome.KNOWN;
          case "F" -> Outcome.FAILED;
          case "U" -> Outcome.UNKNOWN;
          default -> throw new IllegalArgumentException("No line of a history: " + words[0]);
        };
    boolean known = outcome == Outcome.KNOWN;
    if (!known) {
      failures.merge(words[2], 1, Integer::sum);
    }
    long result = known ? Long.parseLong(words[2]) : 0;
    long nanos = Long.parseLong(words[3]);
    operations.computeIfPresent(id, (same, call) -> ended(call, outcome, result, nanos));
  }

  private static Operation called(int id, String[] words) {
    return new Operation(
        id,
        Integer.parseInt(words[2]),
        Integer.parseInt(words[3]),
        words[4],
        Kind.valueOf(words[5]),
        Long.parseLong(words[6]),
        Long.parseLong(words[7]),
        Long.parseLong(words[8]),
        Long.MAX_VALUE,
        Outcome.UNKNOWN,
        0);
  }

  private static Operation ended(Operation call, Outcome outcome, long result, long nanos) {
    return new Operation(
        call.id(),
        call.process(),
        call.thread(),
        call.key(),
        call.kind(),
        call.value(),
        call.expected(),
        call.callNanos(),
        outcome == Outcome.UNKNOWN ? Long.MAX_VALUE : nanos,
        outcome,
        result);
  }

  /** Both as one; the ids must differ. */
  History and(History later) {
    List<Operation> all = new ArrayList<>(operations);
    all.addAll(later.operations);
    Map<String, Integer> sums = new TreeMap<>(failures);
    later.failures.forEach((failure, count) -> sums.merge(failure, count, Integer::sum));
    return new History(all, sums);
  }

  /** The operations of each key. */
  Map<String, List<Operation>> byKey() {
    Map<String, List<Operation>> byKey = new TreeMap<>();
    for (Operation operation : operations) {
      byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
    }
    return byKey;
  }

  long count(Outcome outcome) {
    return operations.stream().filter(operation -> operation.outcome() == outcome).count();
  }
}
