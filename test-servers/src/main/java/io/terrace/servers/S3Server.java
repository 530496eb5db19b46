package io.terrace.servers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * S3 by S3Proxy 4.1.0 as a child process, with its objects in files, so that they survive {@link
 * #kill()}. Its conditional writes are not atomic, and it knows no life-cycle rules. Thread safe.
 */
public final class S3Server extends AwsServer {
  /** Written by the module {@code test-servers/s3}. */
  private static final String CLASS_PATH = "/s3.classpath";

  private S3Server() {
    super("s3");
  }

  /**
   * Starts a server without buckets on a free port; clients use path-style access.
   *
   * @throws IllegalStateException if it does not come up, with the end of its log
   */
  public static S3Server start() {
    return started(S3Server::new);
  }

  @Override
  List<String> program() {
    return List.of(
        "-Dorg.slf4j.simpleLogger.logFile=System.out",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
        "-cp",
        classPath(),
        "org.gaul.s3proxy.Main",
        "--properties",
        properties().toString());
  }

  @Override
  String readyMark() {
    return "{127.0.0.1:" + port() + "}";
  }

  private Path properties() {
    Path file = directory().resolve("s3proxy.conf");
    try {
      Path objects = Files.createDirectories(directory().resolve("objects"));
      Files.write(
          file,
          List.of(
              "s3proxy.endpoint=" + endpoint(),
              "s3proxy.authorization=aws-v2-or-v4",
              "s3proxy.identity=" + accessKey(),
              "s3proxy.credential=" + secretKey(),
              // Multipart uploads by the SDK are refused without it.
              "s3proxy.ignore-unknown-headers=true",
              "jclouds.provider=filesystem-nio2",
              "jclouds.filesystem.basedir=" + objects));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
    return file;
  }

  private static String classPath() {
    try (InputStream in = S3Server.class.getResourceAsStream(CLASS_PATH)) {
      if (in == null) {
        throw new IllegalStateException(
            "No " + CLASS_PATH + ": build the module terrace-test-servers-s3, too (mvn -am)");
      }
      return new String(in.readAllBytes(), UTF_8).trim();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + CLASS_PATH, e);
    }
  }
}
