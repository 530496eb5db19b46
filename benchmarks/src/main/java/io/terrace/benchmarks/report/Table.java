package io.terrace.benchmarks.report;

import java.util.List;

/**
 * How the measurements of one table are laid out: a row for each {@link Cell#row}, a column for
 * each subject, and a column for each ratio.
 *
 * @param title names the table; {@link Cell#table} refers to it
 * @param unit the unit of all its numbers, or empty where each cell names its own
 * @param subjects the columns from left to right; a subject without any measurement is left out
 * @param ratios the columns after them
 */
public record Table(String title, String unit, List<String> subjects, List<Ratio> ratios) {

  public Table {
    subjects = List.copyOf(subjects);
    ratios = List.copyOf(ratios);
  }

  /**
   * A subject's score divided by the lowest of others.
   *
   * @param label the head of the column
   * @param subject the numerator
   * @param against the denominators; the lowest of those measured counts
   */
  public record Ratio(String label, String subject, List<String> against) {
    public Ratio {
      against = List.copyOf(against);
    }
  }
}
