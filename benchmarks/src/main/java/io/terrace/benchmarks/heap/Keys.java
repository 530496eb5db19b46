package io.terrace.benchmarks.heap;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.commons.math3.distribution.ZipfDistribution;
import org.apache.commons.math3.random.Well19937c;

/**
 * Which keys a trial asks for, computed before it starts and the same in every trial: Zipf with
 * exponent 0.99 over the entries, in an order unrelated to that of insertion. The keys asked with
 * are other objects than the keys stored, as they are when a request brings them.
 */
final class Keys {
  private static final int SEED = 42;
  private static final double EXPONENT = 0.99;
  private static final int SETS = 1 << 10;

  private final int entries;
  private final int[] ranked;

  Keys(int entries) {
    this.entries = entries;
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, new Random(SEED));
    ranked = numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  static String key(int number) {
    return "key-" + number;
  }

  /** Keys that are present. */
  String[] present(int length) {
    return draw(length, 0);
  }

  /** As many keys, distributed alike, of which none is present. */
  String[] absent(int length) {
    return draw(length, entries);
  }

  private String[] draw(int length, int firstNumber) {
    String[] pool = new String[entries];
    for (int i = 0; i < entries; i++) {
      pool[i] = key(firstNumber + ranked[i]);
    }
    ZipfDistribution zipf = zipf();
    String[] keys = new String[length];
    for (int i = 0; i < length; i++) {
      keys[i] = pool[zipf.sample() - 1];
    }
    return keys;
  }

  /** Sets of distinct keys that are present. */
  List<Set<String>> sets(int size) {
    ZipfDistribution zipf = zipf();
    List<Set<String>> sets = new ArrayList<>();
    for (int i = 0; i < SETS; i++) {
      Set<String> set = new HashSet<>();
      while (set.size() < size) {
        set.add(key(ranked[zipf.sample() - 1]));
      }
      sets.add(set);
    }
    return sets;
  }

  private ZipfDistribution zipf() {
    return new ZipfDistribution(new Well19937c(SEED), entries, EXPONENT);
  }
}
