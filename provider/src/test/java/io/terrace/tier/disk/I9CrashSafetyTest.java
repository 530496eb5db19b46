package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.DiskSettings.Fsync;
import io.terrace.tier.disk.CrashModel.Demand;
import io.terrace.tier.disk.CrashWorkload.Load;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a program under load with SIGKILL at random instants, opens what it left, and compares
 * every key with what the program had said. A few kills in the ordinary build; the long form is
 *
 * <pre>{@code mvn -pl provider test -Dtest=I9CrashSafetyTest -Dterrace.kills=200}</pre>
 */
class I9CrashSafetyTest {
  private static final int KILLS = Integer.getInteger("terrace.kills", 6);
  private static final long SEED = Long.getLong("terrace.seed", 20240517L);

  private static final List<Fsync> MODES = List.of(Fsync.values());

  @TempDir Path root;

  private final Random random = new Random(SEED);

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(root);
  }

  @Test
  void i9_killLosesNothingAcknowledged() throws Exception {
    Round round = new Round(root.resolve("fitting"), Load.FITTING);
    for (int kill = 0; kill < KILLS; kill++) {
      round.runAndKill();
      if (kill % 2 == 0) {
        round.verify(Demand.EXACT);
      } else {
        round.verifyCopy(Demand.EXACT); // so that the program itself has to recover
      }
    }
    round.report("exact", KILLS);
  }

  @Test
  void i9_killBringsNothingOlderBackUnderEviction() throws Exception {
    Round round = new Round(root.resolve("evicting"), Load.EVICTING);
    int kills = Math.max(2, KILLS / 2);
    for (int kill = 0; kill < kills; kill++) {
      round.runAndKill();
      if (kill % 2 == 0) {
        round.verify(Demand.LATEST_OR_NOTHING);
      } else {
        round.verifyCopy(Demand.LATEST_OR_NOTHING);
      }
    }
    round.report("evicting", kills);
  }

  @Test
  void i9_killAndDamageServesCommittedBytesOnly() throws Exception {
    Round round = new Round(root.resolve("damaged"), Load.FITTING);
    int kills = Math.max(2, KILLS / 2);
    for (int kill = 0; kill < kills; kill++) {
      round.runAndKill();
      round.damage();
      round.verify(Demand.COMMITTED_OR_NOTHING);
    }
    round.report("damaged", kills);
  }

  /** One directory, and what is known of it. */
  private final class Round {
    private final Path directory;
    private final Load load;
    private final CrashModel model = new CrashModel();
    private Fsync fsync = Fsync.NEVER;

    Round(Path directory, Load load) throws IOException {
      this.directory = Files.createDirectories(directory);
      this.load = load;
    }

    void runAndKill() throws Exception {
      fsync = MODES.get(random.nextInt(MODES.size()));
      long killAfter = model.acknowledgements() + random.nextInt(fsync == Fsync.ALWAYS ? 60 : 2500);
      Process process = start();
      try (BufferedReader said =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
        boolean killed = false;
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          if (line.length() > 0) {
            model.hear(line);
          }
          if (!killed && model.acknowledgements() >= killAfter) {
            process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the pipe
            killed = true;
          }
        }
        assertThat(killed).as("killed, not ended by itself").isTrue();
      } finally {
        process.destroyForcibly().waitFor();
      }
    }

    private Process start() throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(CrashWorkload.class.getName());
      command.add(directory.toString());
      command.add(load.equals(Load.FITTING) ? "fitting" : "evicting");
      command.add(fsync.name());
      command.add(Long.toString(random.nextLong()));
      return new ProcessBuilder(command).redirectError(root.resolve("stderr").toFile()).start();
    }

    void verify(Demand demand) throws IOException {
      verify(directory, demand);
    }

    void verifyCopy(Demand demand) throws IOException {
      Path copy = root.resolve("copy");
      Copies.copy(directory, copy);
      verify(copy, demand);
      Copies.delete(copy);
    }

    private void verify(Path where, Demand demand) throws IOException {
      try (DiskTier tier = CrashWorkload.setup(where, load, fsync).open()) {
        model.verify(tier, load, demand);
      }
    }

    /** Truncates a region or flips some bits in one. */
    void damage() throws IOException {
      List<Path> regions = new ArrayList<>();
      try (Stream<Path> files = Files.walk(directory)) {
        files.filter(file -> file.toString().endsWith(RegionLog.SUFFIX)).forEach(regions::add);
      }
      for (int i = random.nextInt(3); i >= 0 && !regions.isEmpty(); i--) {
        Path region = regions.get(random.nextInt(regions.size()));
        if (random.nextInt(3) == 0) {
          Damage.truncate(region, random);
        } else {
          Damage.flip(region, random, 1 + random.nextInt(20));
        }
      }
    }

    void report(String variant, int kills) {
      System.out.printf(
          Locale.ROOT,
          "I9 %s: %d kills, %d operations acknowledged, seed %d%n",
          variant,
          kills,
          model.acknowledgements(),
          SEED);
    }
  }

  /** Damages files. */
  static final class Damage {
    private Damage() {}

    static void truncate(Path file, Random random) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate((long) (channel.size() * random.nextDouble()));
      }
    }

    static void flip(Path file, Random random, int bits) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i < bits && bytes.length > 0; i++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, bytes);
    }
  }
}
