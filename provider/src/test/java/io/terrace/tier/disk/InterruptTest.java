package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK closes a file channel under an interrupted thread: nobody may notice. */
class InterruptTest {
  @TempDir Path directory;

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  @Test
  void interruptsInTheMiddleOfReadsAndWritesHarmNobody() throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicBoolean running = new AtomicBoolean(true);
    try (DiskTier tier = DiskSetup.in(directory).maxBytes(8 << 20).open()) {
      for (int i = 0; i < 20; i++) {
        put(tier, key(i), bytes(i, 20_000));
      }
      Thread[] threads = new Thread[3];
      for (int t = 0; t < threads.length; t++) {
        int number = t;
        threads[t] = new Thread(() -> work(tier, number, running, failure));
        threads[t].start();
      }
      for (int i = 0; i < 3000 && failure.get() == null; i++) {
        threads[i % 2].interrupt(); // the third is the bystander
        Thread.onSpinWait();
        get(tier, key(i % 20));
      }
      running.set(false);
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failure.get()).isNull();
      assertThat(tier.usage().corruptions()).isZero();
    }
  }

  private static void work(
      DiskTier tier, int number, AtomicBoolean running, AtomicReference<Throwable> failure) {
    Random random = new Random(number);
    try {
      while (running.get()) {
        int i = random.nextInt(20);
        assertThat(get(tier, key(i))).isEqualTo(bytes(i, 20_000));
        put(tier, key(i), bytes(i, 20_000));
      }
    } catch (Throwable e) {
      failure.set(e);
    }
  }

  @Test
  void anInterruptedReaderOfADeletedRegionGoesOn() throws IOException {
    byte[] body = bytes(1, 900_000);
    try (DiskTier tier = DiskSetup.in(directory).maxBytes(8 << 20).open()) {
      put(tier, key("long"), body);
      try (ReadHandle read = hit(tier, key("long")).body()) {
        assertThat(read.read(ByteBuffer.allocate(10))).isEqualTo(10);
        tier.clear();
        put(tier, key("long"), bytes("x"));
        for (int i = 0; i < 3; i++) {
          put(tier, key(i), bytes(i, 2_000_000));
        }
        tier.clear();
        Thread.currentThread().interrupt();
        assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 10, body.length));
        assertThat(Thread.interrupted()).isTrue();
      }
    }
  }
}
