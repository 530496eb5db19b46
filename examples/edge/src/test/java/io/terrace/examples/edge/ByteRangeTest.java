package io.terrace.examples.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteRangeTest {
  @Test
  void numbersBeyondEveryBodyAreNoErrors() {
    String huge = "9".repeat(40);
    assertThat(ByteRange.of("bytes=1-" + huge, 10)).isEqualTo(new ByteRange(1, 9));
    assertThat(ByteRange.of("bytes=-" + huge, 10)).isEqualTo(new ByteRange(0, 10));
    assertThat(ByteRange.of("bytes=" + huge + "-", 10)).isEqualTo(ByteRange.UNSATISFIABLE);
    assertThat(ByteRange.of("bytes=0-0", 0)).isEqualTo(ByteRange.UNSATISFIABLE);
    assertThat(ByteRange.of("bytes=-1", 0)).isEqualTo(ByteRange.UNSATISFIABLE);
  }

  @Test
  void nonsenseIsIgnored() {
    for (String header : new String[] {"bytes=-", "bytes=a-b", "bytes", "", "bytes=1-2-3"}) {
      assertThat(ByteRange.of(header, 10)).as(header).isNull();
    }
  }
}
