package io.terrace.tier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a tier promises as a {@link NoticeBoard}: two processes, each of which has opened it for
 * itself, and the notices of any number of others.
 */
public abstract class NoticeBoardContract {
  private static final int THREADS = 4;

  private final List<Tier> opened = new ArrayList<>();
  protected NoticeBoard one;
  protected NoticeBoard two;

  /** Opens a tier that is a notice board, as another process would. */
  protected abstract Tier open() throws IOException;

  @BeforeEach
  void openBoards() throws IOException {
    one = opened();
    two = opened();
  }

  private NoticeBoard opened() throws IOException {
    Tier tier = open();
    opened.add(tier);
    return (NoticeBoard) tier;
  }

  @AfterEach
  void closeBoards() throws IOException {
    for (Tier tier : opened) {
      tier.close();
    }
  }

  @Test
  void atFirstThereIsNoNotice() throws IOException {
    assertThat(one.notices()).isEmpty();
    one.withdraw(1);
    assertThat(one.withdraw(1, 0)).isFalse();
    assertThat(two.notices()).isEmpty();
  }

  @Test
  void whatOnePostsBothSee() throws IOException {
    one.post(1);
    assertThat(two.notices()).containsOnlyKeys(1L);
    two.post(2);
    assertThat(one.notices()).containsOnlyKeys(1L, 2L).isEqualTo(two.notices());
  }

  @Test
  void aProcessHasAnyNumber() throws IOException {
    List<Long> processes = List.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE);
    for (long process : processes) {
      one.post(process);
    }
    Map<Long, Long> notices = two.notices();
    assertThat(notices).containsOnlyKeys(processes);
    for (long process : processes) {
      assertThat(two.withdraw(process, notices.get(process))).isTrue();
    }
    assertThat(one.notices()).isEmpty();
  }

  @Test
  void aRenewedNoticeHasANumberThatItNeverHad() throws IOException {
    Set<Long> numbers = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      if (i % 3 == 2) {
        one.withdraw(1);
      }
      one.post(1);
      assertThat(two.notices()).hasSize(1);
      numbers.add(two.notices().get(1L));
    }
    assertThat(numbers).hasSize(10);
  }

  @Test
  void aNoticeIsWithdrawnWhateverItsNumberAndByAnybody() throws IOException {
    one.post(1);
    one.post(2);
    one.post(1);
    two.withdraw(1);
    assertThat(one.notices()).containsOnlyKeys(2L);
  }

  @Test
  void aNoticeThatWasRenewedIsNotWithdrawnByItsOldNumber() throws IOException {
    one.post(1);
    long old = two.notices().get(1L);
    one.post(1);
    Map<Long, Long> renewed = one.notices();
    assertThat(two.withdraw(1, old)).isFalse();
    assertThat(one.notices()).isEqualTo(renewed);
    assertThat(two.withdraw(2, renewed.get(1L))).as("another process").isFalse();
    assertThat(two.withdraw(1, renewed.get(1L))).isTrue();
    assertThat(one.notices()).isEmpty();
    assertThat(two.withdraw(1, renewed.get(1L))).as("again").isFalse();
  }

  @Test
  void ofManyWhoWithdrawANumberOneDoes() throws Exception {
    for (int round = 0; round < 10; round++) {
      one.post(1);
      long number = one.notices().get(1L);
      List<Callable<Boolean>> withdrawals = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        NoticeBoard board = i % 2 == 0 ? one : two;
        withdrawals.add(() -> board.withdraw(1, number));
      }
      assertThat(Collections.frequency(runAll(withdrawals), true)).isEqualTo(1);
      assertThat(two.notices()).isEmpty();
    }
  }

  @Test
  void manyPostAtOnce() throws Exception {
    List<Callable<Boolean>> posts = new ArrayList<>();
    for (long process = 0; process < THREADS; process++) {
      long each = process;
      posts.add(
          () -> {
            (each % 2 == 0 ? one : two).post(each);
            return one.notices().containsKey(each) && two.notices().containsKey(each);
          });
    }
    assertThat(runAll(posts)).containsOnly(true);
    assertThat(one.notices()).containsOnlyKeys(0L, 1L, 2L, 3L);
  }

  private static <T> List<T> runAll(List<Callable<T>> tasks) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> future : executor.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aClearLeavesTheNotices() throws IOException {
    one.post(1);
    Map<Long, Long> notices = one.notices();
    opened.get(1).clear();
    assertThat(one.notices()).isEqualTo(notices);
  }
}
