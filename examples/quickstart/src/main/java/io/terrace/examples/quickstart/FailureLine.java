package io.terrace.examples.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Says in one line what went wrong. */
final class FailureLine {
  /** How Linux, macOS and Windows say that a disk, or a user's share of it, is full. */
  private static final List<String> FULL =
      List.of("no space left on device", "not enough space on the disk", "quota exceeded");

  private FailureLine() {}

  /**
   * The line for a failure of the cache or of a file system.
   *
   * @param directory where the cache keeps its files
   * @return null for anything else, which is a bug and better shown in full
   */
  static @Nullable String of(Throwable failure, Path directory) {
    if (isDiskFull(failure)) {
      return "the disk is full: free some space for "
          + directory
          + ", or choose another place with --cache-dir";
    } else if (failure instanceof UncheckedIOException
        && failure.getCause() instanceof IOException cause) {
      return of(cause, directory);
    } else if (failure instanceof FileSystemException e && e.getReason() == null) {
      return e.getMessage() + ": " + e.getClass().getSimpleName().replace("Exception", "");
    } else if (failure instanceof CacheException || failure instanceof IOException) {
      return oneLine(failure);
    }
    return null;
  }

  private static boolean isDiskFull(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException && cause.getMessage() != null) {
        String message = cause.getMessage().toLowerCase(Locale.ROOT);
        if (FULL.stream().anyMatch(message::contains)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The message of a failure in one line. */
  static String oneLine(Throwable failure) {
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.strip().replaceAll(":\\s*\\R\\s*", ": ").replaceAll("\\s*\\R\\s*", "; ");
  }
}
