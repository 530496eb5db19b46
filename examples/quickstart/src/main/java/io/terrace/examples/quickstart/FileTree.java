package io.terrace.examples.quickstart;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The files below a directory, in the order of their keys. Links to directories are not followed.
 *
 * @param root the directory
 * @param files all files below it, links included
 * @param skipped what could not be listed
 */
record FileTree(Path root, List<Path> files, List<SkippedFile> skipped) {

  /**
   * Lists a tree.
   *
   * @param root a directory, absolute
   * @param excludedDirectory a directory that is left out, absolute; it need not exist
   * @param excludedNames names of directories that are left out wherever they are
   */
  static FileTree list(Path root, Path excludedDirectory, Set<String> excludedNames)
      throws IOException {
    Walk walk = new Walk(root, excludedDirectory, excludedNames);
    Files.walkFileTree(root, walk);
    walk.files.sort(null);
    return new FileTree(root, walk.files, walk.skipped);
  }

  /** The key of a file's entry: its path below the root, the same on every system. */
  String key(Path file) {
    return root.relativize(file).toString().replace(root.getFileSystem().getSeparator(), "/");
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Path excludedDirectory;
    private final Set<String> excludedNames;
    private final List<Path> files = new ArrayList<>();
    private final List<SkippedFile> skipped = new ArrayList<>();

    Walk(Path root, Path excludedDirectory, Set<String> excludedNames) {
      this.root = root;
      this.excludedDirectory = excludedDirectory;
      this.excludedNames = excludedNames;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      boolean excluded =
          directory.equals(excludedDirectory)
              || (!directory.equals(root)
                  && excludedNames.contains(String.valueOf(directory.getFileName())));
      return excluded ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      files.add(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException cause) {
      skipped.add(SkippedFile.unreadable(file, cause));
      return FileVisitResult.CONTINUE;
    }

    @Override
    @SuppressWarnings("NullAway") // the JDK passes null for a directory that was listed to its end
    public FileVisitResult postVisitDirectory(Path directory, IOException cause) {
      if (cause != null) {
        skipped.add(SkippedFile.unreadable(directory, cause));
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
