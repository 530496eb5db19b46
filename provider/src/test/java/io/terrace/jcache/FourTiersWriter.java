package io.terrace.jcache;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A program that opens the cache on Redis and AWS, says {@code ready}, and puts "new" under "k" for
 * a line on its standard input: to be killed.
 */
final class FourTiersWriter {
  private FourTiersWriter() {}

  static Process start(FourTiersNode.Servers servers, FourTiersFixture fixture) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FourTiersWriter.class.getName(),
                servers.redis().toString(),
                servers.dynamoDb().toString(),
                servers.s3().toString(),
                servers.key(),
                servers.secret(),
                Long.toString(servers.requestTimeout().toMillis()),
                fixture.namespace()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    FourTiersNode.Servers servers =
        new FourTiersNode.Servers(
            URI.create(arguments[0]),
            URI.create(arguments[1]),
            URI.create(arguments[2]),
            arguments[3],
            arguments[4],
            RedisNode.LONG_TIMEOUT,
            Duration.ofMillis(Long.parseLong(arguments[5])));
    try (FourTiersNode<String> node =
        new FourTiersNode<>(
            "heap,redis,aws",
            servers,
            arguments[6],
            Path.of("none"),
            FourTiersNode.PATIENT,
            CacheFixture.of(String.class, String.class))) {
      node.awaitRedisInUse("own probe", "v");
      System.out.println("ready");
      int unused = System.in.read();
      node.cache.put("k", "new");
    }
  }
}
