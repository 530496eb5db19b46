package io.terrace.tier.redis;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stores the chunks of a body that is being written, each as it comes. They go by themselves an
 * hour after their writer was last heard of, and from the commit on with the entry. One thread
 * writes; any may abort.
 */
final class ChunkWriter {
  private static final System.Logger LOGGER = System.getLogger(ChunkWriter.class.getName());
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration LIFE = Duration.ofHours(1);
  private static final Duration REFRESHED_AFTER = Duration.ofMinutes(15);
  private static final int NAMES_PER_COMMAND = 512;

  private final RedisStore store;
  private final int partition;
  private final Chunks id;
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean kept;
  private long refreshedAtMillis;

  ChunkWriter(RedisStore store, int partition) {
    this.store = store;
    this.partition = partition;
    id = new Chunks(RANDOM.nextLong(), RANDOM.nextLong(), store.chunkBytes(), 0);
    refreshedAtMillis = store.nowMillis();
  }

  int count() {
    return count.get();
  }

  /** All that were written, for a header. */
  Chunks chunks() {
    return new Chunks(id.idHigh(), id.idLow(), id.chunkBytes(), count.get());
  }

  /**
   * Stores one chunk.
   *
   * @param bytes the chunk, with room behind it for a checksum
   */
  void write(byte[] bytes, int length) throws IOException {
    int number = count.getAndIncrement();
    ByteBuffer.wrap(bytes).putInt(length, ChunkedBody.check(id, number, bytes, length));
    byte[] chunk = bytes.length == length + Integer.BYTES ? bytes : copy(bytes, length);
    byte[] life = Operation.number(LIFE.toMillis());
    store.call(command("SET", name(number), chunk, Operation.ascii("PX"), life));
    if (store.nowMillis() - refreshedAtMillis >= REFRESHED_AFTER.toMillis()) {
      refresh();
    }
  }

  private static byte[] copy(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, length + Integer.BYTES);
  }

  private void refresh() throws IOException {
    byte[] life = Operation.number(LIFE.toMillis());
    for (int first = 0; first < count(); first += NAMES_PER_COMMAND) {
      List<Request> requests = new ArrayList<>();
      for (int n = first; n < Math.min(count(), first + NAMES_PER_COMMAND); n++) {
        requests.add(command("PEXPIRE", name(n), life));
      }
      for (Object reply : store.callAll(requests)) {
        if (Answers.number(reply) == 0) {
          throw new IOException("a part of the body left Redis while it was written");
        }
      }
    }
    refreshedAtMillis = store.nowMillis();
  }

  /** Whether somebody may refer to the chunks, so that {@link #abort} has to leave them. */
  void keep(boolean keep) {
    kept = keep;
  }

  /** Deletes what was written, unless it is kept; does not fail. */
  void abort() {
    int written = kept ? 0 : count.get();
    List<Request> requests = new ArrayList<>();
    for (int first = 0; first < written; first += NAMES_PER_COMMAND) {
      byte[][] names = new byte[Math.min(NAMES_PER_COMMAND, written - first)][];
      for (int i = 0; i < names.length; i++) {
        names[i] = name(first + i);
      }
      requests.add(command("UNLINK", names));
    }
    for (@Nullable Object reply : store.link().callAll(requests)) {
      if (reply instanceof IOException e) {
        LOGGER.log(Level.DEBUG, "parts of a body stay in Redis for an hour", e);
      }
    }
  }

  private byte[] name(int number) {
    return store.partitions().keys().chunk(partition, id, number);
  }

  private Request command(String name, byte[]... arguments) {
    return store.partitions().command(partition, name, arguments);
  }
}
