package io.terrace.examples.edge;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts responses by where they came from, and the bytes of their bodies. Thread safe. */
final class Traffic {
  private static final double MIB = 1 << 20;

  private final Map<ServedFrom.How, LongAdder> responses = new EnumMap<>(ServedFrom.How.class);
  private final Map<String, LongAdder> hits = new ConcurrentHashMap<>();
  private final LongAdder sentBytes = new LongAdder();

  Traffic() {
    for (ServedFrom.How how : ServedFrom.How.values()) {
      responses.put(how, new LongAdder());
    }
  }

  void count(ServedFrom from) {
    LongAdder counter = responses.get(from.how());
    if (counter != null) {
      counter.increment();
    }
    if (from.how() == ServedFrom.How.HIT) {
      hits.computeIfAbsent(from.tier(), tier -> new LongAdder()).increment();
    }
  }

  void sent(long bytes) {
    sentBytes.add(bytes);
  }

  long sentBytes() {
    return sentBytes.sum();
  }

  /** How many responses came from there. */
  long count(ServedFrom.How how) {
    LongAdder counter = responses.get(how);
    return counter == null ? 0 : counter.sum();
  }

  /** All of it in one line: hits by tier first. */
  String line(long originFetches) {
    StringBuilder line = new StringBuilder("hits:");
    for (Map.Entry<String, LongAdder> tier : new TreeMap<>(hits).entrySet()) {
      line.append(' ').append(tier.getKey()).append(' ').append(tier.getValue().sum());
    }
    line.append(hits.isEmpty() ? " none" : "");
    for (ServedFrom.How how : ServedFrom.How.values()) {
      if (how != ServedFrom.How.HIT) {
        line.append(how == ServedFrom.How.MISS ? " | " : ", ");
        line.append(how.name().toLowerCase(Locale.ROOT)).append(' ').append(count(how));
      }
    }
    line.append(" | origin asked ").append(originFetches).append(" times | ");
    return line.append(String.format(Locale.ROOT, "%.1f MiB sent", sentBytes() / MIB)).toString();
  }
}
