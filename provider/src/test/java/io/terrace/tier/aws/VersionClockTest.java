package io.terrace.tier.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryHeader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class VersionClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00.000123456Z");
  private static final long START_MICROS = START.toEpochMilli() * 1_000 + 123;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final VersionClock versions = new VersionClock(now::get);

  @Test
  void countsMicrosecondsOfTheClock() {
    assertThat(versions.next()).isEqualTo(START_MICROS + 1);
    now.set(START.plusSeconds(1));
    assertThat(versions.next()).isEqualTo(START_MICROS + 1_000_001);
  }

  @Test
  void growsWhileTheClockStandsOrGoesBack() {
    long first = versions.next();
    assertThat(versions.next()).isEqualTo(first + 1);
    now.set(START.minusSeconds(3600));
    assertThat(versions.next()).isEqualTo(first + 2);
  }

  @Test
  void isAboveWhatItSaw() {
    versions.saw(START_MICROS + 5_000_000);
    assertThat(versions.next()).isEqualTo(START_MICROS + 5_000_001);
    versions.saw(START_MICROS);
    assertThat(versions.next()).isEqualTo(START_MICROS + 5_000_002);
  }

  @Test
  void whatGoesThroughIsNotBelowWhatWasGivenNorAboveWhatWillBe() {
    assertThat(versions.through()).isEqualTo(START_MICROS);
    long given = versions.next();
    assertThat(given).isGreaterThan(START_MICROS);
    assertThat(versions.through()).isEqualTo(given);
    now.set(START.plusSeconds(1));
    long through = versions.through();
    now.set(START);
    assertThat(versions.next()).isGreaterThan(through);
  }

  @Test
  void i11_takesNoVersionThatNobodyCanHaveGiven() {
    for (long wrong : new long[] {EntryHeader.UNASSIGNED, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(versions.isPlausible(wrong)).as("%d", wrong).isFalse();
      versions.saw(wrong);
    }
    assertThat(versions.next()).isEqualTo(START_MICROS + 1);
    long most = START_MICROS + (1L << 52);
    assertThat(versions.isPlausible(most)).isTrue();
    assertThat(versions.isPlausible(most + 1)).isFalse();
    versions.saw(most);
    now.set(START.plusSeconds(1));
    assertThat(versions.isPlausible(versions.next())).as("the limit moves on").isTrue();
  }

  @Test
  void givesEachVersionOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<Long>>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(
            () -> {
              List<Long> given = new ArrayList<>();
              for (int n = 0; n < 10_000; n++) {
                given.add(versions.next());
              }
              return given;
            });
      }
      List<Long> all = new ArrayList<>();
      for (Future<List<Long>> given : threads.invokeAll(tasks)) {
        assertThat(given.get()).isSorted();
        all.addAll(given.get());
      }
      assertThat(all).doesNotHaveDuplicates();
    } finally {
      threads.shutdownNow();
    }
  }
}
