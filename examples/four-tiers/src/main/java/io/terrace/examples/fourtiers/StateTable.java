package io.terrace.examples.fourtiers;

import static com.github.freva.asciitable.HorizontalAlign.LEFT;
import static com.github.freva.asciitable.HorizontalAlign.RIGHT;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.List;

/** Who served the reads in each state of the tiers, and how fast: one row a state. */
final class StateTable {
  private StateTable() {}

  /**
   * Lays out the table.
   *
   * @param largeBytes the size of the large object
   */
  static String of(List<State> states, long largeBytes) {
    Column[] columns = {
      column("tiers", LEFT),
      column("from heap", RIGHT),
      column("redis", RIGHT),
      column("disk", RIGHT),
      column("aws", RIGHT),
      column("p50", RIGHT),
      column("p99", RIGHT),
      column(Quantity.bytes(largeBytes), LEFT),
      column("speed", RIGHT)
    };
    Object[][] rows = states.stream().map(state -> row(state, largeBytes)).toArray(Object[][]::new);
    return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, columns, rows);
  }

  private static Object[] row(State state, long largeBytes) {
    EntryReads entries = state.entries();
    return new Object[] {
      state.name(),
      Quantity.count(entries.served().get(0)),
      Quantity.count(entries.served().get(1)),
      Quantity.count(entries.served().get(2)),
      Quantity.count(entries.served().get(3)),
      Quantity.nanos(entries.p50Nanos()),
      Quantity.nanos(entries.p99Nanos()),
      "from " + state.large().tier(),
      Quantity.perSecond(largeBytes, state.large().tookNanos())
    };
  }

  private static Column column(String header, HorizontalAlign align) {
    return new Column().header(header).headerAlign(align).dataAlign(align);
  }
}
