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
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stack of streams does when nothing goes wrong. */
class StreamStackTest {
  private final StreamFixture fixture = new StreamFixture();
  private StreamStack<String> stack = fixture.three();

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 65_536, 262_144, 262_145, 3_000_000})
  void whatWasPutIsReadFromEveryTier(int size) throws Exception {
    byte[] body = bytes(size, size);
    put(stack, "k", body);
    assertThat(fixture.stored(fixture.authority, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(get(stack, "k")).isEqualTo(body);
    fixture.topMemory.clear();
    assertThat(get(stack, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    assertThat(get(stack, "k")).isEqualTo(body);
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
  }

  @Test
  void metadataLengthAndDigestComeBack() throws Exception {
    Metadata metadata = new Metadata("text/plain", Set.of("red"), Map.of("a", "b"));
    put(stack, "k", bytes(1, 5000), metadata);
    for (int tier = 0; tier < 3; tier++) {
      try (StreamValue value = stack.get("k").value()) {
        assertThat(value.metadata()).isEqualTo(metadata);
        assertThat(value.length()).isEqualTo(5000);
        assertThat(value.info().digest()).isNotNull();
        assertThat(value.info().tier())
            .isEqualTo(new String[] {"top", "middle", "authority"}[tier]);
        assertThat(value).isEqualTo(StreamValue.of(bytes(1, 5000)));
        assertThat(value).isNotEqualTo(StreamValue.of(bytes(2, 5000)));
      }
      (tier == 0 ? fixture.topMemory : fixture.middleMemory).clear();
    }
  }

  @Test
  void anUnknownLengthIsFoundOut() throws Exception {
    byte[] body = bytes(3, 700_000);
    StreamValue source = StreamValue.of(new ByteArrayInputStream(body));
    put(stack, "k", source, EntryHeader.NEVER);
    assertThat(stack.find("k").value().length()).isEqualTo(body.length);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  @Test
  void aRangeIsReadAndPromotesNothing() throws Exception {
    byte[] body = bytes(4, 600_000);
    put(stack, "k", body);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      assertThat(value.range(400_000, 10).readAllBytes())
          .isEqualTo(Arrays.copyOfRange(body, 400_000, 400_010));
      assertThat(value.range(599_995, 100).readAllBytes()).hasSize(5);
      assertThat(value.read(600_000, ByteBuffer.allocate(1))).isEqualTo(-1);
    }
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @Test
  void aRangeFillsTheTiersAboveIfItShall() throws Exception {
    stack =
        fixture.stack(
            StreamFixture.PATIENT.fillingOnRange(),
            PromotionPolicy.ALWAYS,
            fixture.top,
            fixture.middle,
            fixture.authority);
    byte[] body = bytes(4, 600_000);
    put(stack, "k", body);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      assertThat(value.range(5, 10).readAllBytes()).hasSize(10);
    }
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
  }

  @Test
  void i1_aReaderThatStopsEarlyPromotesNothing() throws Exception {
    byte[] body = bytes(5, 300_000);
    put(stack, "k", body);
    fixture.topMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      ByteBuffer part = ByteBuffer.allocate(299_999);
      ReadableByteChannel channel = value.channel();
      while (part.hasRemaining()) {
        assertThat(channel.read(part)).isPositive();
      }
    }
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  @Test
  void compareAndSetRefusesAndTriesAgainWithTheSameStagedValue() throws Exception {
    put(stack, "k", bytes(1, 100));
    Resident<StreamValue> old = stack.find("k");
    put(stack, "k", bytes(2, 100));
    StreamValue staged = stack.stage("k", StreamValue.of(bytes(3, 400_000)));
    assertThat(stack.compareAndSet("k", old, staged, EntryHeader.NEVER)).isFalse();
    assertThat(stack.compareAndSet("k", null, staged, EntryHeader.NEVER)).isFalse();
    assertThat(stack.compareAndSet("k", stack.find("k"), staged, EntryHeader.NEVER)).isTrue();
    stack.discard(staged);
    assertThat(get(stack, "k")).isEqualTo(bytes(3, 400_000));
  }

  @Test
  void oversizeForATierLeavesItWithoutTheOldCopy() throws Exception {
    put(stack, "k", bytes(1, 100));
    byte[] large = bytes(2, StreamFixture.TIER_BYTES + 1);
    put(stack, "k", StreamValue.of(new ByteArrayInputStream(large)), EntryHeader.NEVER);
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(large);
    assertThatThrownBy(() -> put(stack, "k", bytes(3, 2 * StreamFixture.TIER_BYTES + 1)))
        .isInstanceOf(EntryTooLargeException.class);
    assertThat(get(stack, "k")).isEqualTo(large);
  }

  @Test
  void removedIsRemovedEverywhere() throws Exception {
    put(stack, "k", bytes(1, 100));
    assertThat(stack.remove("k")).isTrue();
    assertThat(stack.remove("k")).isFalse();
    assertThat(get(stack, "k")).isNull();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  @Test
  void anExpiredEntryIsAbsentAndToldOnce() throws Exception {
    put(stack, "k", StreamValue.of(bytes(1, 10)), fixture.now.get() + 5);
    fixture.now.addAndGet(5);
    assertThat(get(stack, "k")).isNull();
    assertThat(get(stack, "k")).isNull();
    assertThat(fixture.expired).containsExactly("k");
  }

  @Test
  void joinsAWriteInProgress() throws Exception {
    stack =
        fixture.stack(
            StreamFixture.PATIENT.joiningWrites(),
            PromotionPolicy.ALWAYS,
            fixture.top,
            fixture.authority);
    byte[] body = bytes(6, 1_000_000);
    StagedWriter<StreamValue> writer =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(body, 0, 400_000));
    assertThat(stack.get("k")).isNull();
    StreamValue following = stack.join("k");
    CompletableFuture<byte[]> reader =
        StackFixture.inThread(
            () -> {
              try {
                return read(following);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    writer.write(ByteBuffer.wrap(body, 400_000, 600_000));
    StreamValue staged = writer.finish();
    assertThat(reader).isNotDone();
    stack.put("k", staged, EntryHeader.NEVER);
    stack.discard(staged);
    assertThat(StackFixture.await(reader)).isEqualTo(body);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  @Test
  void followersOfAnAbortedWriteFail() throws Exception {
    stack =
        fixture.stack(
            StreamFixture.PATIENT.joiningWrites(), PromotionPolicy.ALWAYS, fixture.authority);
    StagedWriter<StreamValue> writer =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(bytes(1, 10)));
    try (StreamValue following = stack.join("k")) {
      assertThat(following.channel().read(ByteBuffer.allocate(100))).isEqualTo(10);
      writer.abort();
      assertThatThrownBy(() -> following.read(10, ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class);
    }
  }
}
