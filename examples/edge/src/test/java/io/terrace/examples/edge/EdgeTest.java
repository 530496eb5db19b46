package io.terrace.examples.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The whole program, from arguments to output. */
class EdgeTest {
  private static final Pattern LISTENS = Pattern.compile("Edge: +(http://127.0.0.1:\\d+)\\R");

  @TempDir Path temporary;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectories(temporary.resolve("tree/docs")).getParent();
    Files.writeString(tree.resolve("docs/a.md"), "hello");
  }

  @Test
  void itServesADirectoryUntilItIsStopped() throws Exception {
    StringWriter out = new StringWriter();
    Thread program = new Thread(() -> run(out, tree.toString(), "--port=0"));
    program.start();
    EdgeUnderTest.await(() -> LISTENS.matcher(text(out)).find() && text(out).contains("PURGE"));
    Matcher listens = LISTENS.matcher(text(out));
    assertThat(listens.find()).isTrue();
    URI file = URI.create(listens.group(1) + "/docs/a.md");

    HttpClient client = HttpClient.newHttpClient();
    assertThat(get(client, file).body()).isEqualTo("hello");
    EdgeUnderTest.await(() -> get(client, file).headers().toString().contains("hit; "));
    HttpRequest purge =
        HttpRequest.newBuilder(file)
            .method("PURGE", HttpRequest.BodyPublishers.noBody())
            .header("Surrogate-Key", "dir:docs")
            .build();
    assertThat(client.send(purge, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    assertThat(get(client, file).headers().firstValue("X-Cache")).hasValue("miss");
    EdgeUnderTest.await(() -> text(out).contains("hits: "));

    program.interrupt();
    program.join();
    assertThat(text(out)).contains("Origin: http://127.0.0.1:").contains(tree.toString());
  }

  private static String text(StringWriter out) {
    synchronized (out.getBuffer()) {
      return out.toString();
    }
  }

  private static HttpResponse<String> get(HttpClient client, URI uri) {
    try {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-such-option",
        "--port=many",
        "--port=-1",
        "--port=65536",
        "--max-bytes=many",
        "--origin=ftp://x",
        "--origin=nothing",
        "--origin=http://x/?a",
        "--directory",
        "--origin=http://127.0.0.1:1 x"
      })
  void aBadArgumentIsOneLine(String argument) {
    assertOneLine(2, argument.replaceAll("=.*", "").replace("--", ""), argument);
  }

  @Test
  void twoOriginsAreOneLine() {
    assertOneLine(2, "not both", tree.toString(), "--origin=http://127.0.0.1:1");
  }

  @Test
  void aTreeThatIsNoDirectoryIsOneLine() {
    assertOneLine(2, "does not exist", temporary.resolve("nowhere").toString());
    assertOneLine(2, "is not a directory", tree.resolve("docs/a.md").toString());
  }

  @Test
  void aPortThatIsTakenIsOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertOneLine(1, "is taken", tree.toString(), "--port=" + taken.getLocalPort());
    }
  }

  @Test
  void aCacheDirectoryThatIsAFileIsOneLine() throws IOException {
    Path file = Files.writeString(temporary.resolve("cache"), "in the way");
    assertOneLine(1, file.toString(), tree.toString());
  }

  private void assertOneLine(int exitCode, String part, String... arguments) {
    StringWriter err = new StringWriter();
    assertThat(run(err, arguments)).isEqualTo(exitCode);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("edge: ")
        .contains(part);
  }

  private int run(StringWriter to, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!all.contains("--directory")) {
      all.add("--directory=" + temporary.resolve("cache"));
    }
    CommandLine command = Edge.commandLine();
    command.setOut(new PrintWriter(to)).setErr(new PrintWriter(to));
    return command.execute(all.toArray(String[]::new));
  }
}
