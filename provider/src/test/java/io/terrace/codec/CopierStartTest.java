package io.terrace.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a process pays and sees of copying, in a process of its own. */
class CopierStartTest {

  /** Prints nothing unless something is wrong. */
  static final class Immutables {
    public static void main(String[] arguments) {
      Copier<Object> copier = new Copier<>(Immutables.class.getClassLoader());
      for (Object value : List.of("a", 1, new Samples.Point(1, 2), List.of("a"))) {
        if (copier.copy(value) != value) {
          System.out.println("copied " + value);
        }
      }
    }
  }

  static final class Mutables {
    public static void main(String[] arguments) {
      Copier<Object> copier = new Copier<>(Mutables.class.getClassLoader());
      for (Object value :
          List.of(Samples.Bean.of(1), new Samples.Leaf(), new Samples.Proxied("a"))) {
        if (copier.copy(value) == value) {
          System.out.println("shared " + value);
        }
      }
    }
  }

  @Test
  void immutableValuesLoadNothingThatCopies() throws Exception {
    String output = run("-Xlog:class+load:file=/dev/stdout", Immutables.class);
    assertThat(output)
        .contains("io.terrace.codec.Copier ")
        .doesNotContain("io.terrace.codec.Cop" + "yPlans")
        .doesNotContain("io.terrace.codec.GraphCopy")
        .doesNotContain("java.io.ObjectOutputStream ")
        .doesNotContain("hash4j")
        .doesNotContain("copied");
  }

  @Test
  void copyingNeedsNoFlagAndDrawsNoWarning() throws Exception {
    assertThat(run("-Xshare:auto", Mutables.class)).isEmpty();
  }

  private static String run(String flag, Class<?> main) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(flag);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
