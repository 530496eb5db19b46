package io.terrace.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A report as Markdown: where it ran, its goals, its scores, and what the operations allocate. */
public final class MarkdownReport {
  private static final double SHOWN_ERROR = 0.05;

  private final Report report;
  private final StringBuilder out = new StringBuilder();

  private MarkdownReport(Report report) {
    this.report = report;
  }

  public static String of(Report report) {
    return new MarkdownReport(report).render();
  }

  private String render() {
    environment();
    goals();
    for (Table table : report.tables()) {
      List<Measurement> present = in(table);
      if (!present.isEmpty()) {
        scores(table, present);
        allocations(table, present);
      }
    }
    return out.toString();
  }

  private List<Measurement> in(Table table) {
    return report.measurements().stream()
        .filter(m -> m.cell().table().equals(table.title()))
        .toList();
  }

  private void environment() {
    Environment e = report.environment();
    out.append("Measured ").append(e.date()).append(" at commit `").append(e.commit());
    out.append("`, mode `").append(report.mode()).append("`. ").append(e.jvm()).append(", ");
    out.append(e.cpu()).append(", ").append(e.cores()).append(" cores, ").append(e.memoryGiB());
    out.append(" GiB, ").append(e.os()).append(".\n\n");
  }

  private void goals() {
    List<List<String>> rows = new ArrayList<>();
    for (Goal goal : report.goals()) {
      OptionalDouble measured = report.measured(goal);
      if (measured.isPresent()) {
        double value = measured.getAsDouble();
        String met = value <= goal.atMost() ? "yes" : "**no**";
        rows.add(List.of(goal.text(), bound(goal, goal.atMost()), bound(goal, value), met));
      }
    }
    if (!rows.isEmpty()) {
      table(List.of("goal", "at most", "measured", "met"), rows);
    }
  }

  private String bound(Goal goal, double value) {
    if (goal.isRatio()) {
      return number(value) + " ×";
    }
    return switch (goal.metric()) {
      case SCORE -> number(value) + " " + report.at(goal.cell()).map(Measurement::unit).orElse("");
      case BYTES_PER_OPERATION -> bytes(value) + " B/op";
    };
  }

  private void scores(Table table, List<Measurement> present) {
    out.append("### ").append(table.title());
    out.append(table.unit().isEmpty() ? "" : " (" + table.unit() + ")").append("\n\n");
    List<String> subjects = subjects(table, present);
    List<Table.Ratio> ratios =
        table.ratios().stream().filter(ratio -> isMeasured(ratio, subjects)).toList();
    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(subjects);
    ratios.forEach(ratio -> head.add(ratio.label()));
    List<List<String>> rows = new ArrayList<>();
    for (String row : rows(present)) {
      List<String> cells = cells(table, row, subjects, m -> score(table, m));
      for (Table.Ratio ratio : ratios) {
        cells.add(ratio(new Cell(table.title(), row, ratio.subject()), ratio.against()));
      }
      rows.add(cells);
    }
    table(head, rows);
  }

  private static boolean isMeasured(Table.Ratio ratio, List<String> subjects) {
    return subjects.contains(ratio.subject())
        && ratio.against().stream().anyMatch(subjects::contains);
  }

  private String ratio(Cell cell, List<String> against) {
    OptionalDouble ratio = report.ratio(cell, against.stream().map(cell::of).toList());
    return ratio.isPresent() ? number(ratio.getAsDouble()) + " ×" : "";
  }

  private void allocations(Table table, List<Measurement> present) {
    List<Measurement> counted =
        present.stream().filter(m -> m.bytesPerOperation() != null).toList();
    if (counted.isEmpty()) {
      return;
    }
    List<String> subjects = subjects(table, counted);
    List<String> head = new ArrayList<>(List.of("bytes allocated per operation"));
    head.addAll(subjects);
    List<List<String>> rows = new ArrayList<>();
    for (String row : rows(counted)) {
      rows.add(cells(table, row, subjects, m -> bytes(m.bytesPerOperation())));
    }
    table(head, rows);
  }

  private static List<String> subjects(Table table, List<Measurement> present) {
    List<String> measured = present.stream().map(m -> m.cell().subject()).distinct().toList();
    return table.subjects().stream().filter(measured::contains).toList();
  }

  private static List<String> rows(List<Measurement> present) {
    return present.stream().map(m -> m.cell().row()).distinct().toList();
  }

  private List<String> cells(
      Table table, String row, List<String> subjects, Function<Measurement, String> text) {
    List<String> cells = new ArrayList<>(List.of(row));
    for (String subject : subjects) {
      cells.add(report.at(new Cell(table.title(), row, subject)).map(text).orElse(""));
    }
    return cells;
  }

  private void table(List<String> head, List<List<String>> rows) {
    line(head);
    List<String> rule = new ArrayList<>(List.of("---"));
    head.stream().skip(1).forEach(column -> rule.add("---:"));
    line(rule);
    rows.forEach(this::line);
    out.append('\n');
  }

  private void line(List<String> cells) {
    out.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String score(Table table, Measurement m) {
    String text = number(m.score()) + (table.unit().isEmpty() ? " " + m.unit() : "");
    Double error = m.error();
    if (error == null || error <= SHOWN_ERROR * m.score()) {
      return text;
    }
    return text + " ±" + Math.round(100 * error / m.score()) + " %";
  }

  /** Three significant digits, fewer below 0.1; no fraction from 100 on. */
  private static String number(double value) {
    double size = Math.abs(value);
    String format =
        size >= 99.95 ? "%,.0f" : size >= 9.995 ? "%.1f" : size >= 0.9995 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }

  private static String bytes(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    return value < 0.05 ? "0" : String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
  }
}
