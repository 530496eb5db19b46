package io.terrace.benchmarks;

import io.terrace.benchmarks.report.Cell;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What the command line asked for.
 *
 * @param mode how long to measure
 * @param only a cell is measured if {@code table / row / subject} has a match of it
 * @param output where results and logs go; exists
 * @param workDirectory where caches put their files, in directories deleted afterwards; exists
 */
public record RunSettings(Mode mode, Pattern only, Path output, Path workDirectory) {

  public boolean includes(Cell cell) {
    return only.matcher(cell.table() + " / " + cell.row() + " / " + cell.subject()).find();
  }
}
