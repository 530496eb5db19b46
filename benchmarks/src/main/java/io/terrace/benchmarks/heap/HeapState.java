package io.terrace.benchmarks.heap;

import java.util.List;
import java.util.Random;
import java.util.Set;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A filled cache and the keys to ask it for. All fields are set by {@link #open}. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class HeapState {
  /**
   * Room for all entries in every provider, however it spreads them over its segments, and little
   * enough that none takes the short cuts of a cache that is nowhere near full.
   */
  private static final double ROOM = 1.2;

  static final int KEYS_IN_SET = 20;
  static final int SEQUENCE = 1 << 16;
  static final int MASK = SEQUENCE - 1;

  @Param public HeapPeer peer;
  @Param public ValueKind values;
  @Param public Statistics statistics;

  @Param("10000")
  public int entries;

  HeapSubject<Object> cache;
  String[] keys;
  String[] absentKeys;
  List<Set<String>> keySets;
  Object[] newValues;
  boolean[] writes;

  @Setup(Level.Trial)
  public void open() {
    cache = HeapSubjects.open(peer, type(), values, statistics, Math.round(ROOM * entries));
    for (int i = 0; i < entries; i++) {
      cache.put(Keys.key(i), values.value(i));
    }
    Keys drawn = new Keys(entries);
    keys = drawn.present(SEQUENCE);
    absentKeys = drawn.absent(SEQUENCE);
    keySets = drawn.sets(KEYS_IN_SET);
    newValues = new Object[1 << 10];
    for (int i = 0; i < newValues.length; i++) {
      newValues[i] = values.value(i);
    }
    writes = oneInTen();
    requireAllPresent();
  }

  @SuppressWarnings("unchecked") // the subject is only given values of this type
  private Class<Object> type() {
    return (Class<Object>) values.type();
  }

  private static boolean[] oneInTen() {
    Random random = new Random(7);
    boolean[] writes = new boolean[SEQUENCE];
    for (int i = 0; i < SEQUENCE; i++) {
      writes[i] = random.nextInt(10) == 0;
    }
    return writes;
  }

  private void requireAllPresent() {
    for (int i = 0; i < entries; i++) {
      if (!values.value(i).equals(cache.get(Keys.key(i)))) {
        throw new IllegalStateException(peer + " does not hold all entries: nothing to measure");
      }
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    cache.close();
  }
}
