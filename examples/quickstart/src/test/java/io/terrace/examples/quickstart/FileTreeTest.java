package io.terrace.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
  @TempDir Path root;

  @Test
  void listsFilesInOrderWithKeysBelowTheRoot() throws IOException {
    file("b.txt");
    file("a/z.txt");
    FileTree tree = FileTree.list(root, root.resolve("none"), Set.of());
    assertThat(tree.files()).extracting(tree::key).containsExactly("a/z.txt", "b.txt");
    assertThat(tree.skipped()).isEmpty();
  }

  @Test
  void leavesOutExcludedDirectoriesButNotFilesOfThatName() throws IOException {
    file("cache/entry");
    file("module/target/class");
    file("module/cache/kept");
    file("module/docs/target");
    FileTree tree = FileTree.list(root, root.resolve("cache"), Set.of("target"));
    assertThat(tree.files())
        .extracting(tree::key)
        .containsExactly("module/cache/kept", "module/docs/target");
  }

  @Test
  void aRootWithAnExcludedNameIsListed() throws IOException {
    file("target/kept");
    Path target = root.resolve("target");
    assertThat(FileTree.list(target, root, Set.of("target")).files())
        .containsExactly(target.resolve("kept"));
  }

  private void file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, path);
  }
}
