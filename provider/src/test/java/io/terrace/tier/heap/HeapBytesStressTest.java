package io.terrace.tier.heap;

import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that write, follow, read, purge and change headers of a few keys in a tier far too small
 * for them. Every body is checked against the checksum of its own version.
 */
@Timeout(120)
class HeapBytesStressTest {
  private static final int MAX_BYTES = 4 << 20;
  private static final int KEYS = 150;
  private static final int WRITES = 3_000;

  private final HeapBytesTier tier = HeapBytes.open(MAX_BYTES, 300_000);
  private final AtomicReference<WriteHandle> lastWrite = new AtomicReference<>();
  private final AtomicInteger writers = new AtomicInteger(2);
  private final AtomicLong bodiesRead = new AtomicLong();
  private final AtomicLong bodiesFollowed = new AtomicLong();

  @Test
  void i10_noChunkIsUsedAgainWhileSomebodyReadsIt() throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int seed = 1; seed <= 2; seed++) {
      Random random = new Random(seed);
      tasks.add(
          () -> {
            for (int i = 0; i < WRITES; i++) {
              checked(() -> writeOne(random));
              checked(() -> disturb(random));
            }
            writers.decrementAndGet();
            return null;
          });
      tasks.add(whileOthersWrite(() -> readOne(random)));
    }
    Random random = new Random(9);
    tasks.add(whileOthersWrite(() -> followOne(random)));
    runAll(tasks);
    assertThat(bodiesRead.get()).isPositive();
    assertThat(bodiesFollowed.get()).isPositive();
    assertThat(tier.usage().evictions()).isPositive();
    tier.close();
    assertThat(tier.pool().heldBytes()).isZero();
  }

  private interface Step {
    void run() throws IOException;
  }

  private Callable<Void> whileOthersWrite(Step step) {
    return () -> {
      while (writers.get() > 0) {
        checked(step);
      }
      return null;
    };
  }

  private void checked(Step step) throws IOException {
    boolean done = false;
    try {
      step.run();
      done = true;
    } finally {
      if (!done) {
        writers.set(0); // lets the others end
      }
    }
    assertThat(tier.pool().heldBytes()).isLessThanOrEqualTo(MAX_BYTES);
  }

  private static EntryKey anyKey(Random random) {
    return key(random.nextInt(KEYS));
  }

  private void writeOne(Random random) throws IOException {
    int size = random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(5_000);
    byte[] body = new byte[size];
    random.nextBytes(body);
    Metadata tags = new Metadata(null, Set.of("tag-" + random.nextInt(30)), Map.of());
    EntryHeader header = header(anyKey(random), EntryHeader.NEVER, tags);
    if (random.nextBoolean()) {
      header = header.withBody(size, crc(body, size));
    }
    try (WriteHandle write = tier.openWrite(header, Condition.ALWAYS)) {
      lastWrite.set(write);
      for (int offset = 0; offset < size; ) {
        int count = Math.min(1 + random.nextInt(100_000), size - offset);
        write.write(ByteBuffer.wrap(body, offset, count));
        offset += count;
      }
      if (random.nextInt(10) > 0) {
        write.commit();
      }
    }
  }

  private void readOne(Random random) throws IOException {
    if (tier.lookup(anyKey(random)) instanceof Lookup.Hit hit) {
      try (ReadHandle read = hit.body()) {
        ByteBuffer all = ByteBuffer.allocate((int) hit.header().bodyLength() + 1);
        while (read.read(all.limit(Math.min(all.capacity(), all.position() + 50_000))) >= 0) {
          if (random.nextInt(100) == 0) {
            return; // in the middle
          }
        }
        assertThat(all.position()).isEqualTo(hit.header().bodyLength());
        assertThat(crc(all.array(), all.position())).isEqualTo(hit.header().checksum());
        bodiesRead.incrementAndGet();
      }
    }
  }

  /** A follower may be refused or broken, but what it reads twice is the same twice. */
  private void followOne(Random random) {
    WriteHandle write = lastWrite.get();
    if (write == null) {
      return;
    }
    try (ReadHandle read = write.follow()) {
      ByteBuffer forward = ByteBuffer.allocate(300_001);
      ByteBuffer again = ByteBuffer.allocate(300_001);
      while (read.read(forward) >= 0) {
        // until the commit
      }
      while (read.read(again.position(), again) > 0) {
        // the same once more
      }
      assertThat(Arrays.equals(again.array(), forward.array())).isTrue();
      bodiesFollowed.incrementAndGet();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("write");
    }
  }

  private void disturb(Random random) throws IOException {
    EntryKey key = anyKey(random);
    switch (random.nextInt(12)) {
      case 0 -> tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
      case 1 -> {
        if (random.nextInt(100) == 0) {
          tier.clear();
        }
      }
      case 2 -> {
        PurgeMode mode = random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
        tier.purgeTag("tag-" + random.nextInt(30), mode, EntryHeader.UNASSIGNED);
      }
      default -> {
        if (tier.lookup(key) instanceof Lookup.Hit hit) {
          hit.body().close();
          Metadata tags = new Metadata("text/" + random.nextInt(), Set.of("tag-1"), Map.of());
          tier.updateHeader(key, hit.header().version(), new HeaderUpdate(null, tags, null));
        }
      }
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static void runAll(List<Callable<Void>> tasks) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Void> done : executor.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
