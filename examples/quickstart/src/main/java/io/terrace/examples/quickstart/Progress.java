package io.terrace.examples.quickstart;

import java.io.Console;
import java.io.PrintStream;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar for what takes long: it appears after half a second, goes when it is closed, and
 * is never seen by anything but a terminal. Not thread safe.
 */
final class Progress implements AutoCloseable {
  private static final long PATIENCE_NANOS = 500_000_000;
  private static final int WIDTH = 79;

  private final String task;
  private final long steps;
  private final @Nullable PrintStream terminal;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private long done;
  private @Nullable ProgressBar bar;

  /**
   * @param task what is being done
   * @param steps how many steps it takes
   * @param terminal where the bar is drawn, or null for nowhere
   */
  Progress(String task, long steps, @Nullable PrintStream terminal, LongSupplier nanoTime) {
    this.task = task;
    this.steps = steps;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
  }

  /** A bar on the standard output if that is a terminal. */
  static Progress of(String task, long steps) {
    return new Progress(task, steps, isTerminal() ? System.out : null, System::nanoTime);
  }

  /** One step more is done. */
  void step() {
    done++;
    if (bar != null) {
      bar.step();
    } else if (terminal != null && nanoTime.getAsLong() - startNanos > PATIENCE_NANOS) {
      bar = show(terminal).stepTo(done);
    }
  }

  private ProgressBar show(PrintStream out) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(100)
        .setConsumer(new Line(out))
        .build();
  }

  @Override
  public void close() {
    if (bar != null && terminal != null) {
      bar.close();
      terminal.print("\r" + " ".repeat(WIDTH) + "\r");
      terminal.flush();
    }
  }

  /** One line of a terminal, drawn over and over. The library's own ends in a new line. */
  private record Line(PrintStream out) implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return WIDTH;
    }

    @Override
    public void accept(String frame) {
      out.print("\r" + frame);
      out.flush();
    }

    @Override
    public void close() {}
  }

  /** From JDK 22 on there is a console even where there is no terminal, and a method that tells. */
  @SuppressWarnings("SystemConsoleNull") // what it warns of is what this method is about
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null || Runtime.version().feature() < 22) {
      return console != null;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
