package io.terrace.examples.twonodes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final long STOPPED = 1_000_000;

  @Test
  void whatIsPromisedAndSeenIsCorrect() {
    Verdict verdict = verdict(9, 9, 9, counts(0, STOPPED + 2_900));
    assertThat(verdict.broken()).isEmpty();
    assertThat(verdict.text())
        .startsWith("Correct: B saw 5 of 8 updates (the others were replaced before it looked),")
        .contains("served for 2.90 s of a lease of 3.00 s")
        .contains("A and B read update 9");
  }

  @Test
  void aNodeThatReadsAnotherUpdateIsWrong() {
    assertThat(verdict(9, 9, 8, counts(0, STOPPED)).broken())
        .containsExactly("update 9 was acknowledged last, but A reads 9 and B 8");
    assertThat(verdict(9, 7, 9, counts(0, STOPPED)).text()).startsWith("Wrong: update 9");
  }

  @Test
  void anOlderUpdateAfterANewerOneIsWrong() {
    assertThat(verdict(9, 9, 9, counts(2, STOPPED)).broken())
        .containsExactly("B saw an older update after a newer one 2 times");
  }

  @Test
  void aCopyThatIsServedAfterTheLeaseIsWrong() {
    assertThat(verdict(9, 9, 9, counts(0, STOPPED + 3_001)).broken())
        .containsExactly("B served a copy for 3001 ms after Redis was gone");
  }

  @Test
  void countsAreTheSameAfterTheyWereSent() {
    Counts counts = new Counts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(Counts.parse(counts.text())).isEqualTo(counts);
  }

  private static Verdict verdict(long acknowledged, long byA, long byB, Counts counts) {
    return new Verdict(3_000, STOPPED, 8, acknowledged, byA, byB, counts, counts);
  }

  private static Counts counts(long backward, long servedMillis) {
    return new Counts(100, 10, 80, 10, 7, 5, backward, 1_000, 2_000, servedMillis);
  }
}
