package io.terrace.tier.heap;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reading a body while it is written. */
@Timeout(60)
class HeapBytesFollowTest {
  private final HeapBytesTier tier = HeapBytes.open(32 << 20, 8 << 20);
  private final byte[] body = bytes(1, 1_000_003);

  @AfterEach
  void nothingIsLeft() {
    tier.close();
    assertThat(tier.pool().heldBytes()).isZero();
  }

  private WriteHandle openWrite(Condition condition) throws IOException {
    return tier.openWrite(header(key("k")), condition);
  }

  /** Runs a call that is going to wait in a thread of its own, and returns once it waits. */
  private static <T> FutureTask<T> waiting(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = new Thread(task, "follower");
    thread.start();
    while (thread.getState() != Thread.State.WAITING && !task.isDone()) {
      Thread.onSpinWait();
    }
    assertThat(task.isDone()).isFalse();
    return task;
  }

  private static int readOne(ReadHandle read) throws IOException {
    return read.read(ByteBuffer.allocate(1));
  }

  @Test
  void followersReadWhatTheWriterWritesToTheEnd() throws Exception {
    List<FutureTask<byte[]>> followers = new ArrayList<>();
    try (WriteHandle write = openWrite(Condition.ALWAYS)) {
      Random random = new Random(4);
      for (int offset = 0; offset < body.length; ) {
        if (followers.size() < 4) {
          ReadHandle read = write.follow();
          FutureTask<byte[]> follower =
              new FutureTask<>(
                  () -> {
                    try (read) {
                      ByteBuffer all = ByteBuffer.allocate(body.length + 1);
                      while (read.read(all) >= 0) {
                        // until the commit
                      }
                      return java.util.Arrays.copyOf(all.array(), all.position());
                    }
                  });
          new Thread(follower, "follower").start();
          followers.add(follower);
        }
        int count = Math.min(1 + random.nextInt(90_000), body.length - offset);
        write.write(ByteBuffer.wrap(body, offset, count));
        offset += count;
      }
      write.commit();
    }
    for (FutureTask<byte[]> follower : followers) {
      assertThat(follower.get()).isEqualTo(body);
    }
  }

  @Test
  void theEndIsTheCommitAndNotTheLastByte() throws Exception {
    try (WriteHandle write = openWrite(Condition.ALWAYS);
        ReadHandle read = write.follow()) {
      write.write(ByteBuffer.wrap(bytes("x")));
      assertThat(readOne(read)).isEqualTo(1);
      FutureTask<Integer> end = waiting(() -> readOne(read));
      write.commit();
      assertThat(end.get()).isEqualTo(-1);
    }
  }

  @Test
  void whoSeeksAheadWaits() throws Exception {
    try (WriteHandle write = openWrite(Condition.ALWAYS);
        ReadHandle read = write.follow()) {
      write.write(ByteBuffer.wrap(body, 0, 500_000));
      ByteBuffer target = ByteBuffer.allocate(3);
      FutureTask<Integer> ahead = waiting(() -> read.read(700_000, target));
      write.write(ByteBuffer.wrap(body, 500_000, 200_000));
      write.write(ByteBuffer.wrap(body, 700_000, body.length - 700_000));
      assertThat(ahead.get()).isEqualTo(3);
      assertThat(target.array())
          .isEqualTo(new byte[] {body[700_000], body[700_001], body[700_002]});
      FutureTask<Integer> behind = waiting(() -> read.read(body.length, ByteBuffer.allocate(1)));
      write.commit();
      assertThat(behind.get()).isEqualTo(-1);
      assertThat(readAll(read)).isEqualTo(body);
    }
  }

  @Test
  void anAbortedWriteNeverEndsCleanly() throws Exception {
    WriteHandle write = openWrite(Condition.ALWAYS);
    try (ReadHandle waiter = write.follow();
        ReadHandle idle = write.follow()) {
      write.write(ByteBuffer.wrap(bytes("x")));
      assertThat(readOne(waiter)).isEqualTo(1);
      FutureTask<Integer> end = waiting(() -> readOne(waiter));
      FutureTask<byte[]> rest = waiting(() -> readAll(idle));
      write.abort();
      assertThatThrownBy(end::get).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(rest::get).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> readOne(idle)).isInstanceOf(IOException.class);
      assertThatThrownBy(write::follow).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aRefusedCommitIsNoEndYet() throws Exception {
    long version = put(tier, key("k"), bytes("there"));
    try (WriteHandle write = openWrite(Condition.ABSENT);
        ReadHandle read = write.follow()) {
      write.write(ByteBuffer.wrap(bytes("x")));
      assertThat(write.commit()).isEqualTo(new CommitResult.Refused(version));
      assertThat(readOne(read)).isEqualTo(1);
      FutureTask<Integer> end = waiting(() -> readOne(read));
      write.amend(header(key("k")), Condition.versionIs(version));
      assertThat(write.commit()).isInstanceOf(CommitResult.Committed.class);
      assertThat(end.get()).isEqualTo(-1);
    }
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
  }

  @Test
  void aRefusedWriteThatIsNotTriedAgainFails() throws IOException {
    put(tier, key("k"), bytes("there"));
    WriteHandle write = openWrite(Condition.ABSENT);
    write.write(ByteBuffer.wrap(bytes("x")));
    assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
    try (ReadHandle read = write.follow()) {
      write.close();
      assertThatThrownBy(() -> readOne(read)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aFollowerReadsOnWhateverBecomesOfTheEntry() throws IOException {
    try (WriteHandle write = openWrite(Condition.ALWAYS);
        ReadHandle read = write.follow()) {
      write.write(ByteBuffer.wrap(body));
      write.commit();
      tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
      put(tier, key("k"), bytes(2, body.length));
      assertThat(readAll(read)).isEqualTo(body);
    }
  }

  @Test
  void closingEndsTheWaiting() throws Exception {
    try (WriteHandle write = openWrite(Condition.ALWAYS);
        ReadHandle one = write.follow();
        ReadHandle two = write.follow()) {
      FutureTask<Integer> byItself = waiting(() -> readOne(one));
      one.close();
      assertThatThrownBy(byItself::get)
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("the read handle is closed");
      FutureTask<Integer> byTheTier = waiting(() -> readOne(two));
      tier.close();
      assertThatThrownBy(byTheTier::get).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> write.write(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anInterruptEndsTheWaiting() throws Exception {
    try (WriteHandle write = openWrite(Condition.ALWAYS);
        ReadHandle read = write.follow()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> readOne(read))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
