package io.terrace.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadBackTest {
  @Test
  void atMostATenthIsHotAndAlwaysTheSame() {
    Map<String, Long> sizes = sizes(95, 10);
    List<String> hot = ReadBack.plan(sizes, Long.MAX_VALUE).hot();
    assertThat(hot).hasSize(10).doesNotHaveDuplicates().isSubsetOf(sizes.keySet());
    assertThat(ReadBack.plan(sizes, Long.MAX_VALUE).hot()).isEqualTo(hot);
  }

  @Test
  void whatIsHotTakesAtMostHalfTheHeap() {
    assertThat(ReadBack.plan(sizes(1_000, 100), 1_000).hot()).hasSize(5);
    assertThat(ReadBack.plan(sizes(1_000, 501), 1_000).hot()).isEmpty();
  }

  @Test
  void aTreeOfOneFileHasOneHotFile() {
    assertThat(ReadBack.plan(sizes(1, 10), 1_000).hot()).hasSize(1);
  }

  @Test
  void aSmallTreeIsReadSeveralTimesAndALargeOneOnce() {
    assertThat(ReadBack.plan(sizes(0, 10), 1_000).passes()).isEqualTo(30);
    assertThat(ReadBack.plan(sizes(60, 10), 1_000).reads()).isEqualTo(30 * 60 + 50 * 6);
    assertThat(ReadBack.plan(sizes(2_500, 10), 1_000).passes()).isEqualTo(8);
    assertThat(ReadBack.plan(sizes(20_000, 10), 1_000).passes()).isEqualTo(1);
  }

  private static Map<String, Long> sizes(int files, long bytes) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    for (int i = 0; i < files; i++) {
      sizes.put("file-" + i, bytes);
    }
    return sizes;
  }
}
