package io.terrace.examples.quickstart;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that is not in the cache.
 *
 * @param path where it is
 * @param reason why not, to be read after the path
 */
record SkippedFile(Path path, String reason) {

  /** A file that cannot be read. */
  static SkippedFile unreadable(Path path, IOException cause) {
    return new SkippedFile(path, "cannot be read: " + reason(cause));
  }

  /** The message of a file system's exception often is no more than the path. */
  private static String reason(IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return "no such file";
    } else if (cause instanceof AccessDeniedException) {
      return "permission denied";
    } else if (cause instanceof FileSystemLoopException) {
      return "a loop of links";
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
