package io.terrace.examples.twonodes;

import io.terrace.servers.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command: starts Redis and two nodes, and tells what they see. Leaves nothing running. */
@Command(
    name = "two-nodes",
    description = {
      "Two processes share a cache [heap, redis]: A writes, B reads, and Redis is away for a while.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, and all that was seen is correct",
      "1:something that was seen is wrong, or could not be done",
      "2:a bad argument"
    })
public final class TwoNodes implements Callable<Integer> {
  private static final String REDIS = "Redis";
  private static final Duration SHOWN_PAUSE = Duration.ofMillis(250);
  private static final Duration BURST_PAUSE = Duration.ofMillis(5);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--updates",
      paramLabel = "N",
      defaultValue = "6",
      description = "updates that are shown one by one (default: ${DEFAULT-VALUE})")
  private int updates;

  @Option(
      names = "--burst",
      paramLabel = "N",
      defaultValue = "400",
      description = "updates that follow faster, and are counted (default: ${DEFAULT-VALUE})")
  private int burst;

  @Option(
      names = "--lease",
      paramLabel = "MILLIS",
      defaultValue = "3000",
      description =
          "how long the heap is trusted without Redis, at least 500 (default: ${DEFAULT-VALUE})")
  private long leaseMillis;

  @Option(
      names = "--outage",
      paramLabel = "MILLIS",
      defaultValue = "4000",
      description = "how long Redis is away, or until reads fail (default: ${DEFAULT-VALUE})")
  private long outageMillis;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  private TwoNodes() {}

  /**
   * Runs the command and ends the process if it failed; after success {@code main} just returns, so
   * that a build which runs the command goes on.
   */
  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    if (exitCode != ExitCode.OK) {
      System.exit(exitCode);
    }
  }

  /** The command, ready to be executed once. */
  static CommandLine commandLine() {
    return new CommandLine(new TwoNodes());
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    TimeLine timeLine = new TimeLine(spec.commandLine().getOut());
    String lease = leaseMillis + "ms";
    try (RedisServer redis = RedisServer.builder().persistent().start();
        NodeProcess a = NodeProcess.start("A", redis.uri(), lease, timeLine);
        NodeProcess b = NodeProcess.start("B", redis.uri(), lease, timeLine)) {
      b.ask("watch");
      timeLine.tell(REDIS, "listens on " + redis.host() + ":" + redis.port());
      timeLine.tell("A", "is process " + a.pid() + ", writes, [heap, redis]");
      timeLine.tell("B", "is process " + b.pid() + ", reads,  [heap, redis]");
      return run(redis, a, b, timeLine);
    }
  }

  private int run(RedisServer redis, NodeProcess a, NodeProcess b, TimeLine timeLine)
      throws IOException, InterruptedException {
    a.ask("write " + updates + " " + SHOWN_PAUSE);
    b.ask("quiet");
    timeLine.tell(
        "A", "writes " + burst + " updates more, " + BURST_PAUSE.toMillis() + " ms apart");
    long acknowledged = Long.parseLong(a.ask("write " + burst + " " + BURST_PAUSE));
    require(b.ask("await " + acknowledged), "B does not see update " + acknowledged);
    Counts with = Counts.parse(b.ask("counts"));
    timeLine.tell("B", "has seen " + with.seen() + ", the last one is " + acknowledged);

    redis.stop();
    long stoppedMillis = System.currentTimeMillis();
    timeLine.tell(REDIS, "is stopped");
    if (Boolean.parseBoolean(a.ask("write-once"))) {
      throw new IOException("a write succeeds without Redis");
    }
    require(b.ask("await-failure"), "B reads on without Redis");
    Counts lost = Counts.parse(b.ask("counts"));
    Thread.sleep(Math.max(0, stoppedMillis + outageMillis - System.currentTimeMillis()));
    Counts without = Counts.parse(b.ask("counts"));

    redis.restart();
    timeLine.tell(REDIS, "is started again");
    require(b.ask("await " + acknowledged), "B does not read again");
    a.ask("write-again");
    b.ask("aloud");
    long last = Long.parseLong(a.ask("write " + updates + " " + SHOWN_PAUSE));
    require(b.ask("await " + last), "B does not see update " + last);
    Counts all = Counts.parse(b.ask("counts"));

    Verdict verdict =
        new Verdict(
            leaseMillis,
            stoppedMillis,
            acknowledged + 1 + updates,
            last,
            Long.parseLong(a.ask("read")),
            Long.parseLong(b.ask("read")),
            lost,
            all);
    timeLine.print("");
    timeLine.print(NodeTable.of(with, without, all));
    timeLine.print("");
    timeLine.print(verdict.text());
    return verdict.broken().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static void require(String answer, String complaint) throws IOException {
    if (!Boolean.parseBoolean(answer)) {
      throw new IOException(complaint);
    }
  }
}
