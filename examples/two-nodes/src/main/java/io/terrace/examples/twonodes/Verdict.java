package io.terrace.examples.twonodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether what the nodes saw is what the cache promises.
 *
 * @param leaseMillis how long copies are trusted without contact
 * @param stoppedMillis when Redis was gone; as {@code currentTimeMillis}
 * @param written how many updates were acknowledged
 * @param acknowledged the number of the last of them
 * @param readByWriter what the writing node reads in the end
 * @param readByReader what the other node reads in the end
 * @param lost what the reading node had done when its reads began to fail
 * @param reader what the reading node did in all
 */
record Verdict(
    long leaseMillis,
    long stoppedMillis,
    long written,
    long acknowledged,
    long readByWriter,
    long readByReader,
    Counts lost,
    Counts reader) {

  /** What was promised and not kept; empty if all is well. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    if (readByWriter != acknowledged || readByReader != acknowledged) {
      broken.add(
          "update "
              + acknowledged
              + " was acknowledged last, but A reads "
              + readByWriter
              + " and B "
              + readByReader);
    }
    if (reader.backward() > 0) {
      broken.add("B saw an older update after a newer one " + reader.backward() + " times");
    }
    if (servedMillis() > leaseMillis) {
      broken.add("B served a copy for " + servedMillis() + " ms after Redis was gone");
    }
    return broken;
  }

  /** How long the heap went on serving without Redis. */
  private long servedMillis() {
    return lost.servedMillis() - stoppedMillis;
  }

  /** All of it in a few lines. */
  String text() {
    List<String> broken = broken();
    if (!broken.isEmpty()) {
      return "Wrong: " + String.join("; ", broken) + ".";
    }
    return String.format(
        Locale.ROOT,
        """
        Correct: B saw %,d of %,d updates%s,
                 and never an older one after a newer one.
                 Without Redis its heap served for %.2f s of a lease of %.2f s, then reads failed.
                 In the end A and B read update %d, the last one that was acknowledged.""",
        reader.seen(),
        written,
        reader.seen() < written ? " (the others were replaced before it looked)" : "",
        Math.max(0, servedMillis()) / 1e3,
        leaseMillis / 1e3,
        acknowledged);
  }
}
