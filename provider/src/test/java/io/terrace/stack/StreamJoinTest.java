package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.stack.StreamFixture.read;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.StreamValue;
import io.terrace.TierUnavailableException;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading what is being written. */
class StreamJoinTest {
  private final StreamFixture fixture = new StreamFixture();
  private final byte[] body = bytes(1, 600_000);
  private final byte[] other = bytes(2, 1000);
  private final StreamStack<String> stack =
      fixture.stack(
          StreamFixture.PATIENT.joiningWrites(),
          PromotionPolicy.ALWAYS,
          fixture.top,
          fixture.middle,
          fixture.authority);

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  private StagedWriter<StreamValue> writing(int written) {
    StagedWriter<StreamValue> writer =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(body, 0, written));
    return writer;
  }

  /** Ends the write; whether it was stored. */
  private boolean commit(StagedWriter<StreamValue> writer) {
    StreamValue staged = writer.finish();
    stack.put("k", staged, EntryHeader.NEVER);
    boolean stored = !stack.wasPurged(staged);
    stack.discard(staged);
    return stored;
  }

  private static CompletableFuture<byte[]> reading(StreamValue value) {
    return StackFixture.inThread(
        () -> {
          try {
            return read(value);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_536, 599_999, 600_000})
  void aFollowerReadsToTheEndOnceTheWriteIsCommitted(int written) throws Exception {
    StagedWriter<StreamValue> writer = writing(written);
    CompletableFuture<byte[]> follower = reading(stack.join("k"));
    writer.write(ByteBuffer.wrap(body, written, body.length - written));
    StreamValue staged = writer.finish();
    assertThat(follower).isNotDone();
    stack.put("k", staged, EntryHeader.NEVER);
    stack.discard(staged);
    assertThat(StackFixture.await(follower)).isEqualTo(body);
    assertThat(stack.join("k")).isNull();
  }

  @Test
  void aFollowerGetsAtOnceWhatASlowSourceGave() throws Exception {
    HookedTier.Gate gate = new HookedTier.Gate();
    CompletableFuture<Void> writing =
        StackFixture.inThread(
            () -> {
              put(stack, "k", StreamValue.of(slow(10, gate)), EntryHeader.NEVER);
              return null;
            });
    gate.awaitReached();
    try (StreamValue following = stack.join("k")) {
      ByteBuffer first = ByteBuffer.allocate(100);
      CompletableFuture<Integer> read =
          StackFixture.inThread(
              () -> {
                try {
                  return following.read(0, first);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      assertThat(StackFixture.await(read)).isEqualTo(10);
      assertThat(Arrays.copyOf(first.array(), 10)).isEqualTo(Arrays.copyOf(body, 10));
    } finally {
      gate.open();
    }
    StackFixture.await(writing);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  /** The body, with a gate after so many bytes. */
  private InputStream slow(int bytes, Runnable gate) {
    InputStream rest =
        new InputStream() {
          private final InputStream all =
              new ByteArrayInputStream(body, bytes, body.length - bytes);
          private boolean passed;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (!passed) {
              passed = true;
              gate.run();
            }
            return all.read(target, offset, length);
          }
        };
    return new SequenceInputStream(new ByteArrayInputStream(body, 0, bytes), rest);
  }

  @Test
  void seekingAheadBlocksUntilTheBytesAreThere() throws Exception {
    StagedWriter<StreamValue> writer = writing(10);
    StreamValue following = stack.join("k");
    ByteBuffer target = ByteBuffer.allocate(5);
    CompletableFuture<Integer> ahead =
        StackFixture.inThread(
            () -> {
              try {
                return following.read(500_000, target);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    writer.write(ByteBuffer.wrap(body, 10, 499_990)); // up to it
    assertThat(ahead).isNotDone();
    writer.write(ByteBuffer.wrap(body, 500_000, 100_000));
    assertThat(StackFixture.await(ahead)).isEqualTo(5);
    assertThat(target.array()).isEqualTo(Arrays.copyOfRange(body, 500_000, 500_005));
    following.close();
    assertThat(commit(writer)).isTrue();
  }

  @Test
  void i1_aFollowerOfAnAbortedWriteNeverComesToAnEnd() throws Exception {
    for (int written : new int[] {0, 1, body.length}) {
      StagedWriter<StreamValue> writer = writing(written);
      CompletableFuture<byte[]> follower = reading(stack.join("k"));
      writer.abort();
      assertThatThrownBy(() -> StackFixture.await(follower))
          .hasRootCauseInstanceOf(IOException.class)
          .hasStackTraceContaining("came to nothing: it was given up");
    }
  }

  @Test
  void aFollowerHearsWhatFailedInTheSource() throws Exception {
    HookedTier.Gate gate = new HookedTier.Gate();
    Runnable failing =
        () -> {
          gate.run();
          throw new IllegalStateException("the origin broke off");
        };
    CompletableFuture<Void> writing =
        StackFixture.inThread(
            () -> {
              put(stack, "k", StreamValue.of(slow(10, failing)), EntryHeader.NEVER);
              return null;
            });
    gate.awaitReached();
    CompletableFuture<byte[]> follower = reading(stack.join("k"));
    gate.open();
    assertThatThrownBy(() -> StackFixture.await(writing)).hasMessageContaining("broke off");
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseMessage("the origin broke off")
        .cause()
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the write of entry "
                + fixture.encoded("k").digest()
                + " came to nothing: its source failed");
  }

  @Test
  void aFollowerThatIsClosedIsToldNothingElse() throws Exception {
    StagedWriter<StreamValue> writer = writing(10);
    StreamValue following = stack.join("k");
    following.close();
    writer.abort();
    assertThatThrownBy(() -> following.read(0, ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void i1_aFollowerOfAFinishedWriteThatIsDiscardedNeverComesToAnEnd() throws Exception {
    StreamValue staged = writing(body.length).finish();
    CompletableFuture<byte[]> follower = reading(stack.join("k"));
    stack.discard(staged);
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseInstanceOf(IOException.class);
  }

  @Test
  void i1_aFollowerHearsThatTheWriteWasUndone() throws Exception {
    StagedWriter<StreamValue> writer = writing(1000);
    StreamValue before = stack.join("k");
    assertThat(stack.remove("k")).isFalse();
    assertThat(stack.join("k")).as("an undone write is not joined").isNull();
    writer.write(ByteBuffer.wrap(body, 1000, body.length - 1000));
    assertThat(commit(writer)).isFalse();
    CompletableFuture<byte[]> follower = reading(before);
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseInstanceOf(IOException.class)
        .hasStackTraceContaining("its key was written, removed or purged meanwhile");
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void aCommittedWriteIsNotUndoneByWhatComesBeforeItsEnd() throws Exception {
    StagedWriter<StreamValue> writer = writing(body.length);
    StreamValue staged = writer.finish();
    stack.put("k", staged, EntryHeader.NEVER);
    assertThat(stack.remove("k")).isTrue();
    stack.clear();
    assertThat(stack.wasPurged(staged)).isFalse();
    stack.discard(staged);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void abortingAFinishedWriteHasNoEffect() throws Exception {
    StagedWriter<StreamValue> writer = writing(body.length);
    StreamValue staged = writer.finish();
    writer.abort();
    stack.put("k", staged, EntryHeader.NEVER);
    stack.discard(staged);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  @Test
  void aSlowFollowerOutlivesCommitReplacementAndRemoval() throws Exception {
    StagedWriter<StreamValue> writer = writing(1000);
    StreamValue following = stack.join("k");
    assertThat(following.length()).isEqualTo(StreamValue.UNKNOWN_LENGTH);
    assertThat(following.read(0, ByteBuffer.allocate(10))).isEqualTo(10);
    writer.write(ByteBuffer.wrap(body, 1000, body.length - 1000));
    assertThat(commit(writer)).isTrue();
    put(stack, "k", other);
    assertThat(stack.remove("k")).isTrue();
    assertThat(read(following)).isEqualTo(body);
  }

  @Test
  void theLatestWriteIsJoined() throws Exception {
    StagedWriter<StreamValue> first = writing(10);
    StagedWriter<StreamValue> second =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    second.write(ByteBuffer.wrap(other));
    StreamValue following = stack.join("k");
    assertThat(commit(second)).isTrue();
    assertThat(read(following)).isEqualTo(other);
    try (StreamValue older = stack.join("k")) { // the other one goes on
      assertThat(older.read(0, ByteBuffer.allocate(100))).isEqualTo(10);
    }
    first.abort();
  }

  @Test
  void whatIsFollowedIsNotCopiedUpByItsReader() throws Exception {
    fixture.topFaults.failAlways(Operation.OPEN_WRITE); // of the write's own lane
    StagedWriter<StreamValue> writer = writing(body.length);
    fixture.topFaults.heal();
    StreamValue following = stack.join("k");
    assertThat(commit(writer)).isTrue();
    assertThat(read(following)).isEqualTo(body);
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i1_anAuthorityThatFailsUnderTheWriterFailsItsFollowers(Effect effect) throws Exception {
    StagedWriter<StreamValue> writer = writing(1000);
    CompletableFuture<byte[]> follower = reading(stack.join("k"));
    fixture.authorityFaults.withEffect(effect).failNext(Operation.WRITE);
    // Reading fails, too, where the failing call is the follower's: it must not end in any case.
    assertThatThrownBy(() -> writer.write(ByteBuffer.wrap(body, 1000, 1000)))
        .isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseInstanceOf(IOException.class);
    assertThatThrownBy(() -> writer.write(ByteBuffer.wrap(body, 1000, 1000)))
        .isInstanceOf(IllegalStateException.class);
    writer.abort();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i1_oversizeThatIsFoundOutFailsTheFollowers() throws Exception {
    StagedWriter<StreamValue> writer = writing(1000);
    CompletableFuture<byte[]> follower = reading(stack.join("k"));
    ByteBuffer large = ByteBuffer.allocate(2 * StreamFixture.TIER_BYTES);
    assertThatThrownBy(() -> writer.write(large)).isInstanceOf(EntryTooLargeException.class);
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseInstanceOf(EntryTooLargeException.class)
        .hasStackTraceContaining("the lowest tier did not take it");
  }

  @Test
  void i10_aFollowerIsClosedWhileItWaits() throws Exception {
    StagedWriter<StreamValue> writer = writing(10);
    StreamValue following = stack.join("k");
    assertThat(following.read(0, ByteBuffer.allocate(10))).isEqualTo(10);
    CompletableFuture<byte[]> follower = reading(following);
    following.close();
    assertThatThrownBy(() -> StackFixture.await(follower))
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(commit(writer)).isTrue();
  }

  @Test
  void nobodyJoinsWhereWritesAreNotJoined() {
    StreamStack<String> plain =
        fixture.stack(StreamFixture.PATIENT, PromotionPolicy.ALWAYS, fixture.authority);
    StagedWriter<StreamValue> writer =
        plain.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    assertThat(plain.join("k")).isNull();
    writer.abort();
    assertThat(plain.isIdle()).isTrue();
  }
}
