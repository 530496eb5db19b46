package io.terrace.benchmarks.report;

/** The place of a number in a report. */
public record Cell(String table, String row, String subject) {

  /** The same row and table, another subject. */
  public Cell of(String otherSubject) {
    return new Cell(table, row, otherSubject);
  }
}
