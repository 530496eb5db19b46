package io.terrace.benchmarks.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes reports: a JSON file for each suite, and sections of a Markdown page. */
public final class ReportFiles {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private ReportFiles() {}

  /** Writes {@code <suite>.json} and {@code <suite>.md} into the directory. */
  public static void write(Path directory, Report report) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(report.suite() + ".json"), GSON.toJson(report) + "\n");
    Files.writeString(directory.resolve(report.suite() + ".md"), MarkdownReport.of(report));
  }

  public static Report read(Path json) throws IOException {
    return GSON.fromJson(Files.readString(json), Report.class);
  }

  /**
   * Replaces the suite's section of a page, the lines between {@code <!-- SUITE begin -->} and
   * {@code <!-- SUITE end -->}.
   *
   * @throws IOException if the page cannot be read or written, or has no such section
   */
  public static void publish(Path page, Report report) throws IOException {
    String begin = "<!-- " + report.suite() + " begin -->\n";
    String end = "<!-- " + report.suite() + " end -->";
    String text = Files.readString(page);
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException(
          page + " has no section between '" + begin.strip() + "' and '" + end + "'");
    }
    String head = text.substring(0, from + begin.length());
    Files.writeString(page, head + "\n" + MarkdownReport.of(report) + text.substring(to));
  }
}
