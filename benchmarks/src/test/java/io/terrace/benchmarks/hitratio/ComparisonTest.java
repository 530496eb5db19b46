package io.terrace.benchmarks.hitratio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.commons.math3.distribution.ZipfDistribution;
import org.apache.commons.math3.random.Well19937c;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final int KEYS = 2_000;
  private static final int MAX_ENTRIES = 200;

  private static long[] popularKeysAndScans() {
    ZipfDistribution zipf = new ZipfDistribution(new Well19937c(1), KEYS, 0.9);
    Random random = new Random(1);
    return LongStream.range(0, 60_000)
        .map(i -> i / 500 % 4 == 3 ? KEYS + i : zipf.sample() - random.nextInt(2))
        .toArray();
  }

  @Test
  void theHeapTierHitsAsOftenAsCaffeine() {
    Comparison both = Comparison.of(popularKeysAndScans(), MAX_ENTRIES);

    assertThat(both.fullHits()).isBetween(20.0, 80.0);
    assertThat(both.loss()).isLessThan(0.5);
    assertThat(both.runs()).isBetween(3L, 20L);
  }

  @Test
  void renamingKeepsWhichAccessesAreOfOneKey() {
    long[] keys = popularKeysAndScans();
    long distinct = Arrays.stream(keys).distinct().count();

    Comparison same =
        Comparison.of(
            keys,
            renamed -> Arrays.stream(renamed).distinct().count(),
            renamed -> Replay.ofCaffeine(renamed, KEYS * 100));

    assertThat(same.fullHits()).isEqualTo(distinct);
    assertThat(same.terraceHits()).isEqualTo(100.0 * (keys.length - distinct) / keys.length);
  }

  @Test
  void aLossIsTold() {
    long[] keys = popularKeysAndScans();

    Comparison half =
        Comparison.of(
            keys,
            renamed -> Replay.ofTerrace(renamed, MAX_ENTRIES),
            renamed -> Replay.ofTerrace(renamed, MAX_ENTRIES / 10));

    assertThat(half.loss()).isGreaterThan(5);
  }
}
