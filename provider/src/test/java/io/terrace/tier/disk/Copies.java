package io.terrace.tier.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Copies of directories: what a crash at this moment would leave. Files are copied oldest region
 * first, as reclaiming proceeds; where one is reclaimed under the copy, it begins once more.
 */
final class Copies {
  private Copies() {}

  static void copy(Path from, Path to) throws IOException {
    while (true) {
      try {
        copyOnce(from, to);
        return;
      } catch (NoSuchFileException e) {
        if (Files.exists(to)) {
          delete(to);
        }
      }
    }
  }

  private static void copyOnce(Path from, Path to) throws IOException {
    for (Path path : below(from, Comparator.naturalOrder())) {
      Path target = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(target);
      } else {
        Files.copy(path, target);
      }
    }
  }

  /** Deletes a directory, some files of which may go by themselves meanwhile. */
  static void delete(Path directory) throws IOException {
    for (Path path : below(directory, Comparator.reverseOrder())) {
      Files.deleteIfExists(path);
    }
  }

  /** The bytes of all files below a directory, some of which may go meanwhile. */
  static long sizeBytes(Path directory) throws IOException {
    long total = 0;
    for (Path path : below(directory, Comparator.naturalOrder())) {
      try {
        total += Files.isRegularFile(path) ? Files.size(path) : 0;
      } catch (NoSuchFileException e) {
        // it takes no room any more
      }
    }
    return total;
  }

  private static List<Path> below(Path directory, Comparator<Path> order) throws IOException {
    while (true) {
      try (Stream<Path> walk = Files.walk(directory)) {
        return walk.sorted(order).toList();
      } catch (UncheckedIOException e) {
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e.getCause();
        }
      }
    }
  }
}
