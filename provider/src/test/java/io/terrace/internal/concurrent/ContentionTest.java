package io.terrace.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContentionTest {
  private final List<Long> pauses = new ArrayList<>();

  private void conflicts(Contention contention, int count) {
    int conflicts = 0;
    for (int i = 0; i < count; i++) {
      conflicts = contention.after(conflicts);
    }
    assertThat(conflicts).isEqualTo(count);
  }

  @Test
  void waitsRandomlyAndNoLongerThanItsBound() {
    Contention contention = new Contention(true, pauses::add);
    conflicts(contention, Contention.FREE);
    assertThat(pauses).isEmpty();
    conflicts(contention, 200);
    long bound = Contention.FIRST_NANOS;
    for (long nanos : pauses) {
      assertThat(nanos).isBetween(1L, bound);
      bound = Math.min(2 * bound, Contention.LONGEST_NANOS);
    }
    assertThat(pauses).hasSize(200 - Contention.FREE);
    assertThat(new HashSet<>(pauses).size()).isGreaterThan(100);
    assertThat(pauses).anyMatch(nanos -> nanos > Contention.LONGEST_NANOS / 2);
  }

  @Test
  void threadsOfOneProcessWaitForNobody() {
    conflicts(new Contention(false, pauses::add), 50);
    assertThat(pauses).isEmpty();
  }
}
