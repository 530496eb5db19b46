package io.terrace.benchmarks.measure;

import io.terrace.benchmarks.report.Cell;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One benchmark method with all its parameters bound, and the cell its score goes to.
 *
 * @param cell where the score goes
 * @param benchmark the class of the method
 * @param method the method's name
 * @param parameters the values of the {@code @Param} fields
 * @param threads how many threads call the method
 * @param unit of the score, per operation
 * @param jvmArguments of the forked JVM
 */
public record Trial(
    Cell cell,
    Class<?> benchmark,
    String method,
    Map<String, String> parameters,
    int threads,
    TimeUnit unit,
    List<String> jvmArguments) {

  public Trial {
    parameters = Map.copyOf(parameters);
    jvmArguments = List.copyOf(jvmArguments);
  }
}
