package io.terrace.tier;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.terrace.PurgeReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a tier promises of handles that are used by two threads, and of following a write. */
public abstract class TierFollowContract extends TierFixture {
  private static final int[] SIZES = {0, 1, 1000, 262_144, 262_145, LONG_BODY_BYTES};

  /** A step of a body's writing. */
  private interface Ending {
    void end(WriteHandle write) throws IOException;
  }

  @Test
  void closingAHandleFromAnotherThreadEndsItsReader() throws Exception {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      byte[] body = bytes(size, size);
      put(tier, key("k"), body);
      for (int round = 0; round < 20; round++) {
        ReadHandle read = hit(tier, key("k")).body();
        FutureTask<byte[]> reader = start(() -> readUntilClosed(read));
        read.close();
        byte[] got = reader.get();
        assertThat(got).isEqualTo(Arrays.copyOf(body, got.length));
      }
    }
    assertThat(get(tier, key("k"))).hasSize(LONG_BODY_BYTES);
  }

  /** The bytes that came before an end or a failure. */
  private static byte[] readUntilClosed(ReadHandle read) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer part = ByteBuffer.allocate(10_000);
    try {
      while (read.read(part.clear()) >= 0) {
        all.write(part.array(), 0, part.position());
      }
    } catch (IOException e) {
      // closed
    }
    return all.toByteArray();
  }

  protected static <T> FutureTask<T> start(java.util.concurrent.Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    Thread thread = new Thread(future, "contract-reader");
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  /** What holds where a write can be followed. */
  @Nested
  class Following {
    @BeforeEach
    void onlyWhereAWriteCanBeFollowed() {
      assumeTrue(tier.capabilities().canFollow());
    }

    private byte[] follow(ReadHandle read, int seed) throws IOException {
      Random random = new Random(seed);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      ByteBuffer part =
          seed % 2 == 0 ? ByteBuffer.allocate(400_000) : ByteBuffer.allocateDirect(400_000);
      part.limit(1 + random.nextInt(part.capacity()));
      for (int count = read.read(part); count >= 0; count = read.read(part)) {
        assertThat(count).isEqualTo(part.position()).isPositive();
        byte[] bytes = new byte[count];
        part.flip().get(bytes);
        all.writeBytes(bytes);
        part.clear().limit(1 + random.nextInt(part.capacity()));
      }
      assertThat(read.read(part.clear())).isEqualTo(-1);
      return all.toByteArray();
    }

    private void write(WriteHandle write, byte[] body, int from, int to, Random random)
        throws IOException {
      for (int at = from; at < to; ) {
        int count = Math.min(1 + random.nextInt(200_000), to - at);
        write.write(ByteBuffer.wrap(body, at, count));
        at += count;
      }
    }

    @Test
    void followersReadWhatIsWrittenToTheEnd() throws Exception {
      for (int size : SIZES) {
        byte[] body = bytes(size, size);
        Random random = new Random(size);
        List<FutureTask<byte[]>> readers = new ArrayList<>();
        List<ReadHandle> handles = new ArrayList<>();
        try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
          for (int step = 0; step < 4; step++) {
            int seed = step;
            ReadHandle read = write.follow();
            handles.add(read);
            readers.add(start(() -> follow(read, seed)));
            write(
                write,
                body,
                (int) (size * (long) step / 4),
                (int) (size * (step + 1L) / 4),
                random);
          }
          write.commit();
        }
        for (int i = 0; i < readers.size(); i++) {
          assertThat(readers.get(i).get()).as("%d bytes, reader %d", size, i).isEqualTo(body);
          handles.get(i).close();
          handles.get(i).close();
        }
        assertThat(get(tier, key("k"))).isEqualTo(body);
      }
    }

    @Test
    void aFollowerSeesAtOnceWhatIsThere() throws IOException {
      byte[] body = bytes(1, LONG_BODY_BYTES);
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
        int written = 0;
        for (int more : new int[] {1, 9, 5000, 262_134, 1, 700_000, 300_000}) {
          write.write(ByteBuffer.wrap(body, written, more));
          written += more;
          try (ReadHandle read = write.follow()) {
            ByteBuffer all = ByteBuffer.allocate(written);
            while (all.hasRemaining()) {
              assertThat(read.read(all)).isPositive();
            }
            assertThat(all.array()).isEqualTo(Arrays.copyOf(body, written));
            ByteBuffer last = ByteBuffer.allocate(1);
            assertThat(read.read(written - 1L, last)).isEqualTo(1);
            assertThat(last.get(0)).isEqualTo(body[written - 1]);
          }
        }
      }
      assertThat(entries()).isZero();
    }

    @Test
    void aFollowerMaySeekAndWaitsWhereNothingIsYet() throws Exception {
      byte[] body = bytes(1, LONG_BODY_BYTES);
      int[] offsets = {700, 262_143, 262_144, 1_500_000, LONG_BODY_BYTES - 1};
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
        List<FutureTask<Byte>> readers = new ArrayList<>();
        for (int offset : offsets) {
          readers.add(start(() -> byteAt(write, offset)));
        }
        FutureTask<Integer> beyond =
            start(
                () -> {
                  try (ReadHandle read = write.follow()) {
                    return read.read(LONG_BODY_BYTES, ByteBuffer.allocate(1));
                  }
                });
        write.write(ByteBuffer.wrap(body, 0, 600));
        readers.forEach(reader -> assertThat(reader.isDone()).isFalse());
        write(write, body, 600, body.length, new Random(4));
        for (int i = 0; i < offsets.length; i++) {
          assertThat(readers.get(i).get()).isEqualTo(body[offsets[i]]);
        }
        assertThat(beyond.isDone()).as("nobody knows yet that it ends here").isFalse();
        write.commit();
        assertThat(beyond.get()).isEqualTo(-1);
      }
    }

    private byte byteAt(WriteHandle write, int offset) throws IOException {
      try (ReadHandle read = write.follow()) {
        assertThat(read.canSeek()).isTrue();
        ByteBuffer one = ByteBuffer.allocate(1);
        assertThat(read.read(offset, one)).isEqualTo(1);
        assertThat(read.read(ByteBuffer.allocate(3))).as("the position stays").isEqualTo(3);
        return one.get(0);
      }
    }

    @Test
    void aFollowerOfAWriteThatFailsNeverComesToAnEnd() throws Exception {
      put(tier, key("there"), bytes("x"));
      List<Ending> endings =
          List.of(
              WriteHandle::abort,
              WriteHandle::close,
              write -> {
                write.amend(header(key("k")), Condition.PRESENT);
                assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
                write.abort();
              },
              write -> {
                write.amend(header(key("k")).withBodyLength(5_000_000), Condition.ALWAYS);
                assertThatIOException().isThrownBy(write::commit);
              });
      for (Ending ending : endings) {
        for (int size : SIZES) {
          byte[] body = bytes(1, size);
          WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
          ReadHandle waiting = write.follow();
          FutureTask<@Nullable String> reader = start(() -> failure(waiting));
          write.write(ByteBuffer.wrap(body));
          ReadHandle later = write.follow();
          ending.end(write);
          assertThat(reader.get()).as("%d bytes", size).isNotNull();
          assertThatIOException().isThrownBy(() -> later.read(ByteBuffer.allocate(1)));
          assertThatIOException().isThrownBy(write::follow);
          waiting.close();
          later.close();
          write.close();
          assertThat(get(tier, key("k"))).isNull();
        }
      }
    }

    /** How reading to the end failed, or null. */
    private @Nullable String failure(ReadHandle read) {
      try {
        follow(read, 1);
        return null;
      } catch (IOException e) {
        return String.valueOf(e.getMessage());
      }
    }

    @Test
    void aFollowerOutlivesTheEntry() throws IOException {
      for (int size : SIZES) {
        byte[] body = bytes(size, size);
        for (int i = 0; i < 4; i++) {
          ReadHandle read;
          try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
            read = write.follow();
            write.write(ByteBuffer.wrap(body));
            long version = committed(write.commit());
            switch (i) {
              case 0 -> put(tier, key("k"), bytes("replaced"));
              case 1 -> tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
              case 2 -> tier.clear();
              default ->
                  assertThat(tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(5)))
                      .isTrue();
            }
          }
          assertThat(readAll(read)).isEqualTo(body);
          read.close();
        }
      }
    }

    @Test
    void readRemainingOfAFollowerKeepsItsBound() throws IOException {
      for (int size : SIZES) {
        byte[] body = bytes(size, size);
        try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
          write.write(ByteBuffer.wrap(body));
          try (ReadHandle exact = write.follow();
              ReadHandle less = write.follow()) {
            write.commit();
            ByteBuffer all = exact.readRemaining(size);
            byte[] got = new byte[all.remaining()];
            all.get(got);
            assertThat(got).isEqualTo(body);
            if (size > 0) {
              assertThatIOException().isThrownBy(() -> less.readRemaining(size - 1));
            }
          }
        }
      }
    }

    @Test
    void closingAFollowerWakesIt() throws Exception {
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes(1, 300_000)));
        for (int i = 0; i < 10; i++) {
          ReadHandle read = write.follow();
          FutureTask<@Nullable String> reader = start(() -> failure(read));
          read.close();
          assertThat(reader.get()).contains("closed");
        }
        write.write(ByteBuffer.wrap(bytes(2, 10)));
        write.commit();
      }
      assertThat(get(tier, key("k"))).hasSize(300_010);
    }

    @Test
    void anInterruptedFollowerFailsAndHarmsNobody() throws Exception {
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
          ReadHandle other = write.follow()) {
        FutureTask<Boolean> interrupted =
            start(
                () -> {
                  Thread.currentThread().interrupt();
                  try (ReadHandle read = write.follow()) {
                    assertThatIOException()
                        .isThrownBy(() -> read.read(ByteBuffer.allocate(1)))
                        .withMessageContaining("interrupted");
                  }
                  return Thread.interrupted();
                });
        assertThat(interrupted.get()).isTrue();
        write.write(ByteBuffer.wrap(bytes("body")));
        write.commit();
        assertThat(readAll(other)).isEqualTo(bytes("body"));
      }
    }

    @Test
    void closingTheTierEndsFollowers() throws Exception {
      WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
      write.write(ByteBuffer.wrap(bytes(1, 300_000)));
      ReadHandle read = write.follow();
      FutureTask<@Nullable String> reader = start(() -> failure(read));
      tier.close();
      assertThat(reader.get()).contains("closed");
      assertThatIOException().isThrownBy(write::follow);
      read.close();
      write.close();
    }
  }
}
