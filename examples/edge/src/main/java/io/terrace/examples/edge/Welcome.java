package io.terrace.examples.edge;

import java.io.PrintWriter;
import java.nio.file.Path;

/** What the program says when it listens. */
final class Welcome {
  private Welcome() {}

  /**
   * @param path of something to ask for
   */
  static void print(PrintWriter out, int port, String origin, Path directory, String path) {
    String url = "http://127.0.0.1:" + port;
    out.println("Edge:   " + url);
    out.println("Origin: " + origin);
    out.println("Cache:  " + directory + "  [heap, disk]");
    out.println();
    out.println("Try:    curl -si " + url + path + " | head -20      # twice: X-Cache, Age");
    out.println("        curl -si -r 0-99 " + url + path);
    out.println("        curl -X PURGE " + url + path);
    out.println("        curl -X PURGE -H 'Surrogate-Key: ext:md' -H 'Soft-Purge: 1' " + url + "/");
    out.println();
    out.flush();
  }
}
