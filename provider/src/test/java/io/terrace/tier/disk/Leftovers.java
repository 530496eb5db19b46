package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds what a closed disk tier should not have left in this process: open files and threads. */
public final class Leftovers {
  private Leftovers() {}

  public static void assertNone(Path directory) {
    assertThat(openFilesBelow(directory)).as("open files").isEmpty();
    assertThat(threads()).as("threads").isEmpty();
  }

  /** The files this process has open below a directory, deleted ones included; Linux only. */
  static List<String> openFilesBelow(Path directory) {
    List<String> open = new ArrayList<>();
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return open;
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : stream) {
        String target = targetOf(descriptor);
        if (target.startsWith(directory.toAbsolutePath().toString())) {
          open.add(target);
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return open;
  }

  private static String targetOf(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed since it was listed
    }
  }

  static List<String> threads() {
    List<String> names = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("terrace-disk")) {
        names.add(thread.getName());
      }
    }
    return names;
  }
}
