package io.terrace.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The program redis-server 7.0.15 out of {@code org.signal:embedded-redis}, unpacked once a JVM.
 */
final class RedisBinary {
  private static final String VERSION = "7.0.15";

  private static final class Holder {
    static final Path PATH = unpack(resource(property("os.name"), property("os.arch")));
  }

  private RedisBinary() {}

  static Path path() {
    return Holder.PATH;
  }

  /**
   * @throws UnsupportedOperationException if there is no program for this machine
   */
  static String resource(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String system = os.contains("linux") ? "linux" : os.contains("mac") ? "darwin" : osName;
    String machine =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          case "i386", "x86" -> "386";
          default -> osArch;
        };
    String name = "redis-server-" + VERSION + "-" + system + "-" + machine;
    if (RedisBinary.class.getResource("/" + name) == null) {
      throw new UnsupportedOperationException(
          "No "
              + name
              + " on the class path: org.signal:embedded-redis has Linux (amd64, arm64, 386) and"
              + " macOS (amd64, arm64)");
    }
    return name;
  }

  private static Path unpack(String resource) {
    Path file = Reaper.directory().resolve(resource);
    try (InputStream in = RedisBinary.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + resource + " is gone");
      }
      Files.copy(in, file);
      if (!file.toFile().setExecutable(true)) {
        throw new IOException("Cannot make it executable");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack " + resource + " to " + file, e);
    }
    return file;
  }

  private static String property(String name) {
    return System.getProperty(name, "");
  }
}
