package io.terrace.examples.quickstart;

import static io.terrace.examples.quickstart.Quantity.bytes;
import static io.terrace.examples.quickstart.Quantity.count;
import static io.terrace.examples.quickstart.Quantity.perSecond;
import static io.terrace.examples.quickstart.Quantity.seconds;

import io.terrace.TierStatistics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tells a person what happened. Results go to one writer, files that were skipped to another. */
final class Report {
  private static final int MAX_SKIPPED = 20;
  private static final String INDENT = "            ";

  private final PrintWriter out;
  private final PrintWriter err;

  Report(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  void opened(Path tree, Path directory) {
    out.println("Tree:  " + tree);
    out.println("Cache: " + directory + "  [heap, disk]");
    out.println();
    out.flush();
  }

  void refreshed(Refresh refresh, long tookNanos) {
    skipped(refresh.skipped());
    int files = refresh.sizes().size();
    String some = count(files, "file") + " (" + bytes(refresh.totalBytes()) + ")";
    String time = " in " + seconds(tookNanos) + ".";
    if (refresh.entriesBefore() == 0) {
      out.println("Cold start: the cache was empty; " + some + " read and stored" + time);
    } else if (refresh.everythingFromDisk()) {
      out.println("Warm start: all " + some + " were already there and up to date.");
      out.println(INDENT + "Everything was served from disk" + time);
    } else {
      String before = count(refresh.upToDate()) + " of " + some;
      out.println("Warm start: " + before + " were already there and up to date" + time);
    }
    String changes = changes(refresh);
    if (!changes.isEmpty()) {
      out.println(INDENT + changes + ".");
    }
    out.flush();
  }

  /** What a warm start had to do, or nothing. */
  private static String changes(Refresh refresh) {
    List<String> changes = new ArrayList<>();
    if (refresh.entriesBefore() > 0 && refresh.added() > 0) {
      changes.add(count(refresh.added()) + " new");
    }
    if (refresh.changed() > 0) {
      changes.add(count(refresh.changed()) + " changed and read again");
    }
    if (refresh.removed() > 0) {
      changes.add(count(refresh.removed()) + " removed");
    }
    return String.join(", ", changes);
  }

  private void skipped(List<SkippedFile> skipped) {
    for (SkippedFile file : skipped.subList(0, Math.min(MAX_SKIPPED, skipped.size()))) {
      err.println("skipped: " + file.path() + " " + file.reason());
    }
    if (skipped.size() > MAX_SKIPPED) {
      err.println("skipped: " + count(skipped.size() - MAX_SKIPPED) + " more");
    }
    err.flush();
  }

  void readBack(ReadBack plan, TimedReads reads, long tookNanos) {
    out.println("Read back:  all of it " + times(plan.passes()) + hot(plan.hot().size()) + ":");
    out.println(INDENT + count(reads.reads(), "read") + " in " + seconds(tookNanos) + ".");
    out.flush();
  }

  private static String hot(int files) {
    return files == 0 ? "" : ", then " + count(files, "file") + " " + times(ReadBack.ROUNDS);
  }

  private static String times(int times) {
    return times == 1 ? "once" : times + " times";
  }

  /** The table, and how to get rid of misses. */
  void tiers(List<TierStatistics> tiers, TimedReads reads, LargeFile large) {
    String speed = perSecond(large.bytes(), large.writeNanos());
    out.println("Large file: " + bytes(large.bytes()) + " written as a stream, " + speed + ".");
    out.println();
    out.println(TierTable.of(tiers, reads, large));
    if (reads.misses() > 0) {
      out.println();
      out.println(count(reads.misses(), "read") + " found nothing: the tree does not fit into the");
      out.println("cache, which --max-bytes makes larger.");
    }
    out.flush();
  }
}
