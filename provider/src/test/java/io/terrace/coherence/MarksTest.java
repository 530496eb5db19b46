package io.terrace.coherence;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.ChangeFeed;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class MarksTest {
  private static final long[] SEQUENCES = {0, 7, ChangeFeed.UNKNOWN, Long.MAX_VALUE};
  private static final long[] HISTORIES = {1, -1, 0, Long.MIN_VALUE};
  private static final long[] NOTHING = {-1, -1, -1, -1};

  private final byte[] written = new Marks(SEQUENCES, HISTORIES).write();

  @Test
  void i4_whatIsWrittenIsRead() {
    Marks read = Marks.read(written, 4);
    assertThat(read.sequences()).isEqualTo(SEQUENCES);
    assertThat(read.histories()).isEqualTo(HISTORIES);
  }

  @Test
  void i11_whatIsNoMarkSaysNothing() {
    byte[] otherFormat = written.clone();
    otherFormat[0]++;
    byte[] otherPartitions = written.clone();
    otherPartitions[4]++;
    byte[] cut = Arrays.copyOf(written, written.length - 1);
    assertThat(Marks.read(null, 4).sequences()).isEqualTo(NOTHING);
    assertThat(Marks.read(new byte[0], 4).sequences()).isEqualTo(NOTHING);
    assertThat(Marks.read(otherFormat, 4).sequences()).isEqualTo(NOTHING);
    assertThat(Marks.read(otherPartitions, 4).sequences()).isEqualTo(NOTHING);
    assertThat(Marks.read(cut, 4).sequences()).isEqualTo(NOTHING);
    assertThat(Marks.read(written, 3).sequences()).containsOnly(-1);
  }
}
