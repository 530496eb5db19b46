package io.terrace.tier.redis;

import io.terrace.RedisSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Requests for the tests of a link, and what they wait for. */
final class Requests {
  static final Duration TIMEOUT = Duration.ofMillis(400);

  private Requests() {}

  static RedisSettings.Builder settings(String uri) {
    return RedisSettings.builder(uri).connectTimeout(TIMEOUT).commandTimeout(TIMEOUT);
  }

  /** A command whose key is its second word. */
  static Request command(String... words) {
    int slot = words.length < 2 ? -1 : JedisClusterCRC16.getSlot(words[1]);
    return new Request(slot, null, bytes(words));
  }

  static Request script(Script script, String key, String... arguments) {
    byte[][] all = new byte[arguments.length + 2][];
    all[0] = bytes("1");
    all[1] = bytes(key);
    System.arraycopy(bytes(arguments), 0, all, 2, arguments.length);
    return new Request(JedisClusterCRC16.getSlot(key), script, all);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[][] bytes(String... words) {
    return Arrays.stream(words).map(Requests::bytes).toArray(byte[][]::new);
  }

  /** A string for bytes, anything else as it is. */
  static @Nullable Object readable(@Nullable Object reply) {
    return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : reply;
  }

  static @Nullable Object ask(Link link, String... words) throws IOException {
    return readable(link.call(command(words)));
  }

  /** Looks again and again, as it is another process that is waited for. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("it did not come to pass");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Whether a command gets a reply, whatever it is. */
  static boolean answers(Link link, String... words) {
    return answers(link, command(words));
  }

  static boolean answers(Link link, Request request) {
    try {
      link.call(request);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Keeps what is heard; {@code +} stands for a connection. */
  static final class Heard implements Link.Messages {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    @Override
    public void received(byte[] message) {
      events.add(new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void connected() {
      events.add("+");
    }

    @Nullable String next() throws InterruptedException {
      return events.poll(20, TimeUnit.SECONDS);
    }
  }
}
