package io.terrace.stack;

import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of all operations on random stacks of streams, with faults at random calls,
 * against a map. {@code -Dterrace.sequences=10000} is the long form; {@code -Dterrace.seed} repeats
 * one sequence.
 */
class StreamModelTest {
  private static final int OPERATIONS = 80;
  private static final int SEQUENCES = Integer.getInteger("terrace.sequences", 300);

  private final Logger warnings = Logger.getLogger("io.terrace.stack"); // held, or it is forgotten

  @BeforeEach
  void expectWarnings() {
    warnings.setLevel(Level.OFF);
  }

  @AfterEach
  void warnAgain() {
    warnings.setLevel(null);
  }

  @Test
  void i1_i3_i4_i5_i10_everySequenceIsThatOfAMap() throws Exception {
    Long repeated = Long.getLong("terrace.seed");
    long first = System.nanoTime();
    SplittableRandom seeds = new SplittableRandom(first);
    for (int i = 0; i < (repeated == null ? SEQUENCES : 1); i++) {
      long seed = repeated == null ? seeds.nextLong() : repeated;
      run(seed);
    }
    System.out.println("StreamModelTest: " + SEQUENCES + " sequences from seed " + first);
  }

  private static void run(long seed) throws Exception {
    String name = "-Dterrace.seed=" + seed;
    try {
      new StreamModel(seed).run(OPERATIONS, name);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(name + " fails", e);
    }
  }
}
