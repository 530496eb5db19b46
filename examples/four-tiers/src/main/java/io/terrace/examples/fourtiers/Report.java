package io.terrace.examples.fourtiers;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Tells a person what happens. */
final class Report {
  private final PrintWriter out;

  Report(PrintWriter out) {
    this.out = out;
  }

  void started(Surroundings surroundings) {
    String most = Quantity.bytes(Runtime.getRuntime().maxMemory());
    say("heap   a JVM of " + most + " in all");
    surroundings.places().forEach(this::say);
    say("");
  }

  /**
   * Entries were written.
   *
   * @param where to which tiers
   */
  void wrote(String where, EntryWrites writes) {
    say(
        String.format(
            Locale.ROOT,
            "%s: %,d entries in %s; p50 %s, p99 %s",
            where,
            writes.writes(),
            Quantity.seconds(writes.tookNanos()),
            Quantity.nanos(writes.p50Nanos()),
            Quantity.nanos(writes.p99Nanos())));
  }

  /** The large object was written. */
  void wrote(String where, LargeObject large, long nanos) {
    String speed = Quantity.perSecond(large.length(), nanos);
    say(where + ": one object of " + Quantity.bytes(large.length()) + ", " + speed);
  }

  void redisIsBack(long nanos) {
    say("Redis started again: it is trusted and serves after " + Quantity.seconds(nanos));
  }

  /** The table, and the verdict. */
  void ended(List<State> states, long largeBytes, Audit audit) {
    say("");
    say(StateTable.of(states, largeBytes));
    say("");
    List<State> wrong = states.stream().filter(state -> !state.isRight()).toList();
    if (wrong.isEmpty() && audit.lost() == 0) {
      say("Correct: no read failed, and each found what was committed last. Nothing was lost: in");
      say("         the end all " + Quantity.count(audit.entries()) + " entries were read too.");
    } else {
      wrong.forEach(this::complain);
      say("Wrong: " + Quantity.count(audit.lost()) + " of all entries are lost in the end.");
    }
  }

  private void complain(State state) {
    say(
        String.format(
            Locale.ROOT,
            "Wrong: %s: %,d reads failed, %,d entries were wrong, the object was %s",
            state.name(),
            state.entries().failed(),
            state.entries().wrong(),
            state.large().isRight() ? "right" : "wrong"));
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
