package io.terrace.examples.quickstart;

import java.io.IOException;
import java.nio.file.Path;

/** A process that has the cache of a directory open until its input ends. */
final class CacheHolder {
  private CacheHolder() {}

  public static void main(String[] arguments) throws IOException {
    try (FileCache cache = FileCache.open(Path.of(arguments[0]), null)) {
      System.out.println("open with " + cache.entries() + " entries");
      System.in.transferTo(System.out);
    }
  }
}
