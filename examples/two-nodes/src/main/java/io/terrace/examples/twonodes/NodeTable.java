package io.terrace.examples.twonodes;

import static com.github.freva.asciitable.HorizontalAlign.LEFT;
import static com.github.freva.asciitable.HorizontalAlign.RIGHT;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.Locale;

/** What the reading node saw in each part of a run: one row a part. */
final class NodeTable {
  private static final Column[] COLUMNS = {
    column("B reads", LEFT),
    column("reads", RIGHT),
    column("from heap", RIGHT),
    column("from redis", RIGHT),
    column("failed", RIGHT),
    column("updates", RIGHT),
    column("invalidations", RIGHT),
    column("p50 of age", RIGHT),
    column("p99 of age", RIGHT)
  };

  private static final Counts NOTHING = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  private NodeTable() {}

  /**
   * Lays out the table.
   *
   * @param with until Redis was stopped
   * @param without until it was started again
   * @param all until the end
   */
  static String of(Counts with, Counts without, Counts all) {
    Object[][] rows = {
      row("with Redis", NOTHING, with, "", ""),
      row("without it", with, without, "", ""),
      row("with it again", without, all, "", ""),
      row("in all", NOTHING, all, millis(all.p50Micros()), millis(all.p99Micros()))
    };
    return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, COLUMNS, rows);
  }

  private static Object[] row(String part, Counts from, Counts to, String p50, String p99) {
    return new Object[] {
      part,
      count(to.reads() - from.reads()),
      count(to.fromHeap() - from.fromHeap()),
      count(to.fromRedis() - from.fromRedis()),
      count(to.failed() - from.failed()),
      count(to.seen() - from.seen()),
      count(to.heard() - from.heard()),
      p50,
      p99
    };
  }

  private static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }

  private static Column column(String header, HorizontalAlign align) {
    return new Column().header(header).headerAlign(align).dataAlign(align);
  }
}
