package io.terrace.examples.twonodes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/**
 * A process that uses the cache as it is told, a command a line: it answers with lines for people,
 * {@code say ...}, and in the end with {@code end} and a result. It ends with its input, and so
 * with the program that started it. What it does with the cache is plain JCache.
 */
final class Node {
  static final String SAY = "say ";
  static final String END = "end ";

  private static final String CACHE = "prices";
  private static final String KEY = "tea";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long RETRY_NANOS = 50_000_000;

  /** Held, because the logging library forgets the level of a logger that nobody holds. */
  private static final Logger TERRACE = Logger.getLogger("io.terrace");

  private final Cache<String, Update> cache;
  private final PrintStream out;
  private final Watch watch;
  private long number;

  private Node(Cache<String, Update> cache, PrintStream out) {
    this.cache = cache;
    this.out = out;
    watch = new Watch(cache, KEY, this::say);
  }

  /** Argument: how long copies are trusted without contact, such as {@code 3s}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    TERRACE.setLevel(Level.SEVERE); // what goes wrong is what this shows
    Properties overrides = new Properties();
    overrides.setProperty("terrace.caches." + CACHE + ".coherence.lease", arguments[0]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (CacheManager manager =
        Caching.getCachingProvider().getCacheManager(null, null, overrides)) {
      Cache<String, Update> cache =
          manager.createCache(
              CACHE,
              new MutableConfiguration<String, Update>().setTypes(String.class, Update.class));
      new Node(cache, out).serve();
    }
  }

  private void serve() throws IOException, InterruptedException {
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Thread watching = new Thread(watch, "watch");
    watching.setDaemon(true);
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("watch")) {
        watching.start();
      }
      out.println(END + result(words));
    }
    watching.interrupt();
    watching.join();
  }

  private String result(String[] words) throws InterruptedException {
    switch (words[0]) {
      case "watch", "aloud", "quiet" -> watch.aloud(!words[0].equals("quiet"));
      case "write" -> write(Integer.parseInt(words[1]), Duration.parse(words[2]));
      case "write-once" -> {
        return Boolean.toString(writeOnce());
      }
      case "write-again" -> {
        return writeAgain();
      }
      case "read" -> {
        return Long.toString(read());
      }
      case "await" -> {
        return Boolean.toString(watch.awaitUpdate(Long.parseLong(words[1]), PATIENCE));
      }
      case "await-failure" -> {
        return Boolean.toString(watch.awaitFailure(PATIENCE));
      }
      case "counts" -> {
        return watch.counts().text();
      }
      default -> throw new IllegalArgumentException("no command: " + words[0]);
    }
    return Long.toString(number);
  }

  private void write(int updates, Duration pause) throws InterruptedException {
    for (int i = 0; i < updates; i++) {
      write();
      Thread.sleep(pause.toMillis(), pause.toNanosPart() % 1_000_000);
    }
  }

  private void write() {
    number++;
    cache.put(KEY, new Update(number, Instant.now()));
  }

  /** Writes one update, and says so if that fails. */
  private boolean writeOnce() {
    long began = System.nanoTime();
    try {
      write();
      return true;
    } catch (CacheException e) {
      double millis = (System.nanoTime() - began) / 1e6;
      say(
          String.format(
              Locale.ROOT, "update %d fails in %.1f ms: %s", number, millis, e.getMessage()));
      return false;
    }
  }

  /** Writes until an update is taken, and returns its number. */
  private String writeAgain() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        write();
        say("writes again: update " + number);
        return Long.toString(number);
      } catch (CacheException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private long read() {
    Update update = cache.get(KEY);
    return update == null ? 0 : update.number();
  }

  private void say(String line) {
    out.println(SAY + line.replaceAll("\\R", "; "));
  }
}
