package io.terrace.linearizability;

import io.terrace.AwsSettings;
import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.RedisSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import io.terrace.linearizability.Workload.Plan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.cache.Caching;

/**
 * A program that opens the cache as one process or as several, says {@code ready}, and for each
 * line {@code plan file} on its standard input runs that {@link Workload}, writes its history to
 * the file, and says {@code done} with the longest time in milliseconds for which the machine did
 * not let it run. It ends with its standard input.
 */
final class Member {
  private final Setup setup;
  private final List<Cache<String, Long>> caches = new ArrayList<>();

  /**
   * How the cache is opened.
   *
   * @param first the number of the first process
   * @param processes how many this program is
   * @param tiers such as {@code heap,disk,redis}
   * @param uri of the server; of Redis and AWS both, in this order, with a comma between
   * @param namespace which all processes share
   * @param heartbeat after which time local copies are looked after; over AWS, {@code verify-after}
   * @param directory of the disk tier, which no other program has
   */
  record Setup(
      int first,
      int processes,
      String tiers,
      String uri,
      String namespace,
      Duration heartbeat,
      Duration lease,
      Duration commandTimeout,
      Path directory) {

    static Setup parse(String[] words) {
      return new Setup(
          Integer.parseInt(words[0]),
          Integer.parseInt(words[1]),
          words[2],
          words[3],
          words[4],
          Duration.ofMillis(Long.parseLong(words[5])),
          Duration.ofMillis(Long.parseLong(words[6])),
          Duration.ofMillis(Long.parseLong(words[7])),
          Path.of(words[8]));
    }

    List<String> format() {
      return List.of(
          Integer.toString(first),
          Integer.toString(processes),
          tiers,
          uri,
          namespace,
          Long.toString(heartbeat.toMillis()),
          Long.toString(lease.toMillis()),
          Long.toString(commandTimeout.toMillis()),
          directory.toString());
    }

    TerraceConfiguration<String, Long> configuration() {
      TerraceConfiguration.Builder<String, Long> builder =
          TerraceConfiguration.builder(String.class, Long.class);
      for (String tier : tiers.split(",", -1)) {
        builder.tier(tier(tier));
      }
      if (!tiers.equals("heap")) {
        builder.coherence(
            CoherenceSettings.DEFAULTS.withHeartbeat(heartbeat, lease).withVerifyAfter(heartbeat));
      }
      return builder.build();
    }

    private TierSettings tier(String tier) {
      return switch (tier) {
        case "heap" -> {
          int most = tiers.contains("disk") ? 1 : 1000; // so that the disk is read, too
          yield HeapSettings.builder().maxEntries(most).build();
        }
        case "disk" -> DiskSettings.builder(directory).maxBytes(64 << 20).build();
        case "redis" ->
            RedisSettings.builder(uris()[0])
                .namespace(namespace)
                .connectTimeout(commandTimeout)
                .commandTimeout(commandTimeout)
                .build();
        default -> aws(URI.create(uris()[uris().length - 1]));
      };
    }

    private String[] uris() {
      return uri.split(",", -1);
    }

    private AwsSettings aws(URI server) {
      String[] keys = server.getUserInfo().split(":", 2);
      return AwsSettings.builder("linearizability")
          .creating()
          .namespace(namespace)
          .region("eu-central-1")
          .dynamoDbEndpoint(URI.create("http://" + server.getHost() + ":" + server.getPort()))
          .credentials(keys[0], keys[1])
          .connectTimeout(commandTimeout)
          .requestTimeout(commandTimeout)
          .build();
    }
  }

  private Member(Setup setup) {
    this.setup = setup;
    for (int i = 0; i < setup.processes; i++) {
      URI uri = URI.create("test:process-" + (setup.first + i));
      caches.add(
          Caching.getCachingProvider()
              .getCacheManager(uri, null)
              .createCache("linearizability", setup.configuration()));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Member member = new Member(Setup.parse(arguments));
    System.out.println("ready");
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 2);
        System.out.println("done " + member.run(Plan.parse(words[0]), Path.of(words[1])));
      }
    }
    Caching.getCachingProvider().close();
  }

  /** Runs a plan; the longest stall in milliseconds. */
  private long run(Plan plan, Path file) throws Exception {
    int number = 2 * setup.first + (plan.isFinalReads() ? 1 : 0);
    try (StallMeter meter = StallMeter.start();
        HistoryWriter history = new HistoryWriter(file, number)) {
      List<Workload> workloads = new ArrayList<>();
      for (int i = 0; i < caches.size(); i++) {
        workloads.add(new Workload(setup.first + i, caches.get(i), plan, history));
      }
      Workload.run(workloads);
      return meter.longestMillis();
    } catch (IOException e) {
      throw new IOException("the history cannot be written to " + file, e);
    }
  }
}
