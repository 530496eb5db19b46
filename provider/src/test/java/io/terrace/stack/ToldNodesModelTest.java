package io.terrace.stack;

import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random sequences on three processes over an authority whose changes a tier above it tells. {@code
 * -Dterrace.sequences=10000} is the long form; {@code -Dterrace.seed} repeats one sequence.
 */
class ToldNodesModelTest {
  private static final int OPERATIONS = 120;
  private static final int SEQUENCES = Integer.getInteger("terrace.sequences", 300);

  private final Logger warnings = Logger.getLogger("io.terrace"); // held, or it is forgotten

  @BeforeEach
  void expectWarnings() {
    warnings.setLevel(Level.OFF);
  }

  @AfterEach
  void warnAgain() {
    warnings.setLevel(null);
  }

  /** If it were wrong, a process would serve what was over long ago, some of them for ever. */
  @Test
  void i3_i4_everyProcessServesWhatItMay() throws Exception {
    Long repeated = Long.getLong("terrace.seed");
    long first = System.nanoTime();
    SplittableRandom seeds = new SplittableRandom(first);
    for (int i = 0; i < (repeated == null ? SEQUENCES : 1); i++) {
      long seed = repeated == null ? seeds.nextLong() : repeated;
      try {
        new ToldNodesModel(seed).run(OPERATIONS);
      } catch (AssertionError e) {
        throw new AssertionError("-Dterrace.seed=" + seed + " fails", e);
      }
    }
    System.out.println("ToldNodesModelTest: " + SEQUENCES + " sequences from seed " + first);
  }
}
