package io.terrace.examples.quickstart;

import static com.github.freva.asciitable.HorizontalAlign.LEFT;
import static com.github.freva.asciitable.HorizontalAlign.RIGHT;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.terrace.TierStatistics;
import java.util.List;
import org.HdrHistogram.Histogram;

/** One row a tier: what it holds, how often it answered and how fast. */
final class TierTable {
  private static final Column[] COLUMNS = {
    column("tier", LEFT),
    column("entries", RIGHT),
    column("bytes", RIGHT),
    column("hits", RIGHT),
    column("hit rate", RIGHT),
    column("p50 of a hit", RIGHT),
    column("p99 of a hit", RIGHT),
    column("large file", RIGHT)
  };

  private TierTable() {}

  /**
   * Lays out the table.
   *
   * @param tiers what the tiers hold now, top first
   * @param reads the reads that count as hits
   * @param large what one of the tiers served as a stream
   */
  static String of(List<TierStatistics> tiers, TimedReads reads, LargeFile large) {
    Object[][] rows = new Object[tiers.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(tiers.get(i), reads.hitNanos().get(i), reads.readsReaching(i), large);
    }
    return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, COLUMNS, rows);
  }

  private static Object[] row(
      TierStatistics tier, Histogram hitNanos, long reads, LargeFile large) {
    long hits = hitNanos.getTotalCount();
    return new Object[] {
      tier.tier(),
      Quantity.count(tier.entries()),
      Quantity.bytes(tier.bytes()),
      Quantity.count(hits),
      Quantity.share(hits, reads),
      percentile(hitNanos, 50),
      percentile(hitNanos, 99),
      tier.tier().equals(large.tier()) ? Quantity.perSecond(large.bytes(), large.readNanos()) : "-"
    };
  }

  private static String percentile(Histogram nanos, double percentile) {
    return nanos.getTotalCount() == 0
        ? "-"
        : Quantity.nanos(nanos.getValueAtPercentile(percentile));
  }

  private static Column column(String header, HorizontalAlign align) {
    return new Column().header(header).headerAlign(align).dataAlign(align);
  }
}
