package io.terrace.servers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReaperTest {
  /** What another JVM runs: it starts three servers, pauses one, and never closes them. */
  static final class Orphans {
    private Orphans() {}

    public static void main(String[] args) throws IOException {
      RedisServer running = RedisServer.start();
      RedisServer paused = RedisServer.start();
      paused.pause();
      System.out.println(running.port());
      System.out.println(DynamoDbServer.start().port());
      System.out.println(paused.port());
      System.out.println(running.directory().getParent());
      System.in.read();
    }
  }

  enum End {
    KILL,
    EXIT
  }

  @ParameterizedTest
  @EnumSource
  void serversAndFilesEndWithTheJvm(End end) throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Orphans.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(jvm.getInputStream(), UTF_8))) {
      int running = Integer.parseInt(out.readLine());
      int dynamoDb = Integer.parseInt(out.readLine());
      int paused = Integer.parseInt(out.readLine());
      Path directory = Path.of(out.readLine());
      assertThat(isListening(running)).isTrue();
      assertThat(isListening(dynamoDb)).isTrue();
      assertThat(isListening(paused)).isTrue();
      assertThat(directory).isDirectory();

      if (end == End.KILL) {
        jvm.destroyForcibly();
      } else {
        jvm.getOutputStream().close();
      }
      assertThat(jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();
      Await.until(
          Duration.ofSeconds(30),
          () ->
              !isListening(running)
                  && !isListening(dynamoDb)
                  && !isListening(paused)
                  && !Files.exists(directory),
          () ->
              "Servers on " + List.of(running, dynamoDb, paused) + " and " + directory + " to go");
    } finally {
      jvm.destroyForcibly();
    }
  }

  private static boolean isListening(int port) {
    try {
      RespConnection.open("127.0.0.1", port, Duration.ofSeconds(1)).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
