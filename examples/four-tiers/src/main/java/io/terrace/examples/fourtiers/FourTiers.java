package io.terrace.examples.fourtiers;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command: starts the servers and walks through the tiers. Leaves nothing running. */
@Command(
    name = "four-tiers",
    description = {
      "Small entries and a large object on [heap, redis, disk, aws]: tiers are taken away and come"
          + " back.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, and nothing that was committed was lost",
      "1:something that was read is wrong, or could not be done",
      "2:a bad argument"
    })
public final class FourTiers implements Callable<Integer> {
  /** Held, because the logging library forgets the level of a logger that nobody holds. */
  private static final Logger TERRACE = Logger.getLogger("io.terrace");

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--entries",
      paramLabel = "N",
      defaultValue = "100000",
      description = "how many small entries there are (default: ${DEFAULT-VALUE})")
  private int entries;

  @Option(
      names = "--large",
      paramLabel = "MIB",
      defaultValue = "1024",
      description = "the size of the large object in MiB, up to 2048 (default: ${DEFAULT-VALUE})")
  private int largeMib;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  private FourTiers() {}

  /** Runs the command and ends the process if it failed. */
  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    if (exitCode != ExitCode.OK) {
      System.exit(exitCode);
    }
  }

  /** The command, ready to be executed once. */
  static CommandLine commandLine() {
    return new CommandLine(new FourTiers());
  }

  @Override
  public Integer call() throws IOException {
    TERRACE.setLevel(Level.SEVERE); // what goes wrong is what this shows
    Report report = new Report(spec.commandLine().getOut());
    try (Surroundings surroundings = Surroundings.start();
        Walk walk = new Walk(surroundings, new Ledger(entries), largeMib, report)) {
      report.started(surroundings);
      return walk.run() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }
}
