package io.terrace.linearizability;

import static io.terrace.linearizability.Operation.ABSENT;

import io.terrace.TierUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * A random mix of all operations on a few keys of one cache, by a few threads, written down as a
 * history. Every value that is put is put once, so that what was read says who wrote it. Pauses
 * only set the pace: nothing that is checked depends on them.
 */
final class Workload {
  static final int THREADS = 4;

  private static final long PAUSE_AFTER_FAILURE_NANOS = 50_000_000;
  private static final Kind[] MIX = mix();

  private final int process;
  private final Cache<String, Long> cache;
  private final Plan plan;
  private final HistoryWriter history;
  private final ConcurrentMap<String, Long> lastSeen = new ConcurrentHashMap<>();

  /**
   * What to do.
   *
   * @param number of the history, of which the keys are named
   * @param seed of all random choices
   * @param operations of each thread; 0 for {@link #finalReads}
   * @param keys how many
   * @param pauseMicros the longest pause between two operations of a thread
   */
  record Plan(int number, long seed, int operations, int keys, int pauseMicros) {
    static Plan parse(String text) {
      String[] words = text.split(",", -1);
      return new Plan(
          Integer.parseInt(words[0]),
          Long.parseLong(words[1]),
          Integer.parseInt(words[2]),
          Integer.parseInt(words[3]),
          Integer.parseInt(words[4]));
    }

    /** Reads each key once a thread, when all is over. */
    Plan finalReads() {
      return new Plan(number, seed, 0, keys, pauseMicros);
    }

    boolean isFinalReads() {
      return operations == 0;
    }

    String format() {
      return number + "," + seed + "," + operations + "," + keys + "," + pauseMicros;
    }
  }

  Workload(int process, Cache<String, Long> cache, Plan plan, HistoryWriter history) {
    this.process = process;
    this.cache = cache;
    this.plan = plan;
    this.history = history;
  }

  private static Kind[] mix() {
    List<Kind> mix = new ArrayList<>(List.of(Kind.values()));
    for (int i = 0; i < 8; i++) {
      mix.add(Kind.GET);
    }
    mix.addAll(List.of(Kind.PUT, Kind.PUT, Kind.PUT_IF_ABSENT, Kind.INVOKE, Kind.REPLACE_IF));
    return mix.toArray(Kind[]::new);
  }

  /** Runs the workloads of several processes of this JVM at once; returns when all are done. */
  static void run(List<Workload> workloads) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(workloads.size() * THREADS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (Workload workload : workloads) {
        for (int thread = 0; thread < THREADS; thread++) {
          int number = thread;
          running.add(
              threads.submit(
                  () -> {
                    workload.run(number);
                    return null;
                  }));
        }
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
      boolean unused = threads.awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private void run(int thread) throws IOException {
    for (int i = 0; i < plan.keys && plan.isFinalReads(); i++) {
      boolean unused = step(thread, key(i), Kind.GET, ABSENT);
    }
    Random random = new Random(plan.seed * 1_000_003 + process * 31L + thread);
    for (int i = 0; i < plan.operations; i++) {
      String key = key(random.nextInt(plan.keys));
      Kind kind = MIX[random.nextInt(MIX.length)];
      long unique = (process * (long) THREADS + thread) * plan.operations + i + 1;
      if (!step(thread, key, kind, unique * Operation.VALUES_PER_PUT)) {
        LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
      }
      if (plan.pauseMicros > 0) {
        LockSupport.parkNanos(random.nextInt(plan.pauseMicros) * 1000L);
      }
    }
  }

  private String key(int number) {
    return "h" + plan.number + "-" + number;
  }

  /** Whether the operation did not fail. */
  private boolean step(int thread, String key, Kind kind, long value) throws IOException {
    boolean compares = kind == Kind.REPLACE_IF || kind == Kind.REMOVE_IF;
    long expected = compares ? lastSeen.getOrDefault(key, value) : ABSENT;
    int id = history.calling(process, thread, key, kind, value, expected);
    try {
      long result = call(key, kind, value, expected);
      history.returned(id, result, System.nanoTime());
      learn(key, kind, value, result);
      return true;
    } catch (RuntimeException e) {
      history.failed(id, e, e.getClass() == TierUnavailableException.class, System.nanoTime());
      return false;
    }
  }

  private void learn(String key, Kind kind, long value, long result) {
    boolean set = kind.changes(result) && kind.next(ABSENT, value, 0) == value;
    long seen = set ? value : kind == Kind.GET ? result : ABSENT;
    if (seen != ABSENT) {
      lastSeen.put(key, seen);
    }
  }

  private long call(String key, Kind kind, long value, long expected) {
    return switch (kind) {
      case GET -> answer(cache.get(key));
      case PUT -> {
        cache.put(key, value);
        yield 0;
      }
      case REMOVE -> answer(cache.remove(key));
      case PUT_IF_ABSENT -> answer(cache.putIfAbsent(key, value));
      case REPLACE -> answer(cache.replace(key, value));
      case REPLACE_IF -> answer(cache.replace(key, expected, value));
      case REMOVE_IF -> answer(cache.remove(key, expected));
      case GET_AND_PUT -> answer(cache.getAndPut(key, value));
      case GET_AND_REMOVE -> answer(cache.getAndRemove(key));
      case GET_AND_REPLACE -> answer(cache.getAndReplace(key, value));
      case INVOKE -> cache.invoke(key, (entry, arguments) -> countOn(entry, value));
      case INVOKE_GET -> cache.invoke(key, (entry, arguments) -> answer(entry.getValue()));
    };
  }

  private static long countOn(MutableEntry<String, Long> entry, long value) {
    Long before = entry.getValue();
    entry.setValue(before == null ? value : before + 1);
    return answer(before);
  }

  private static long answer(@Nullable Long value) {
    return value == null ? ABSENT : value;
  }

  private static long answer(boolean holds) {
    return holds ? 1 : 0;
  }
}
