package io.terrace.tier.heap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ObjectSizeTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static final List<Supplier<Object>> MADE =
      List.of(
          () -> new byte[10_000],
          () -> new long[1_000],
          () -> new boolean[3_000],
          () -> "x".repeat(5_000),
          () -> new Object[] {new byte[500], new byte[700], new int[300]},
          () -> new Line(1, new byte[1_000], new Line(2, new byte[2_000], null)),
          () -> list(3_000),
          () -> map(2_000),
          () -> BigInteger.ONE.shiftLeft(40_000),
          () -> ByteBuffer.allocate(4_000));

  private static List<Object> list(int size) {
    List<Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(new Line(i, new byte[100], null));
    }
    return list;
  }

  private static Map<Object, Object> map(int size) {
    Map<Object, Object> map = new HashMap<>(2 * size);
    for (int i = 0; i < size; i++) {
      map.put(1_000_000L + i, new byte[50]);
    }
    return map;
  }

  @ParameterizedTest
  @FieldSource("MADE")
  void comesCloseToWhatMakingItAllocates(Supplier<Object> make) {
    Object warm = make.get();
    assertThat(ObjectSize.estimateBytes(warm)).isPositive();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Object object = make.get();
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;

    long estimate = ObjectSize.estimateBytes(object);
    assertThat((double) estimate).isBetween(allocated * 0.6, allocated * 1.4);
  }

  @Test
  void aStringCostsOneOrTwoBytesAChar() {
    long latin = ObjectSize.estimateBytes("x".repeat(1_000));
    long greek = ObjectSize.estimateBytes("\u03b1".repeat(1_000));

    assertThat(latin).isBetween(1_000L, 1_050L);
    assertThat(greek).isBetween(2_000L, 2_050L);
  }

  @Test
  void sharedConstantsCostNothing() {
    assertThat(ObjectSize.estimateBytes(null)).isZero();
    assertThat(ObjectSize.estimateBytes(TimeUnit.DAYS)).isZero();
    assertThat(ObjectSize.estimateBytes(Boolean.TRUE)).isZero();
  }

  @Test
  void valuesOfTheJdkAreSmall() {
    assertThat(ObjectSize.estimateBytes(1)).isBetween(16L, 32L);
    assertThat(ObjectSize.estimateBytes(LocalDate.EPOCH)).isBetween(16L, 64L);
    assertThat(ObjectSize.estimateBytes(new BigDecimal("12.50"))).isBetween(32L, 128L);
  }

  @Test
  void anObjectSeenTwiceCountsOnce() {
    byte[] shared = new byte[10_000];
    Line ring = new Line(1, shared, null);
    ring.next = new Line(2, new byte[0], ring);

    assertThat(ObjectSize.estimateBytes(ring)).isBetween(10_000L, 10_300L);
  }

  @Test
  void anEndlessGraphEnds() {
    Line chain = null;
    for (int i = 0; i < 100_000; i++) {
      chain = new Line(i, new byte[10], chain);
    }

    assertThat(ObjectSize.estimateBytes(chain)).isPositive();
  }

  /** A node of a chain. */
  static final class Line {
    final int number;
    final byte[] text;
    @Nullable Line next;

    Line(int number, byte[] text, @Nullable Line next) {
      this.number = number;
      this.text = text;
      this.next = next;
    }
  }
}
