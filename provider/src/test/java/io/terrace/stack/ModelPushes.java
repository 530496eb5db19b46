package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.StreamValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is on its way into the stack of a {@link StreamModel} across operations. */
final class ModelPushes {

  /** A write that is undone by purges, while it is not committed. */
  private abstract static class Undoable {
    final String key;
    final Metadata metadata;
    boolean purged;
    boolean perhapsPurged;

    Undoable(String key, Metadata metadata) {
      this.key = key;
      this.metadata = metadata;
    }
  }

  /** A write in progress, with those who follow it. */
  private static final class Writing extends Undoable {
    final StagedWriter<StreamValue> writer;
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    final List<StreamValue> followers = new ArrayList<>();

    Writing(String key, Metadata metadata, StagedWriter<StreamValue> writer) {
      super(key, metadata);
      this.writer = writer;
    }
  }

  /** A body that was staged and not committed yet. */
  private static final class Staged extends Undoable {
    final byte[] body;
    final StreamValue value;

    Staged(String key, Metadata metadata, byte[] body, StreamValue value) {
      super(key, metadata);
      this.body = body;
      this.value = value;
    }
  }

  private final ModelState state;
  private final List<Writing> writings = new ArrayList<>();
  private final List<Staged> stagedLater = new ArrayList<>();

  ModelPushes(ModelState state) {
    this.state = state;
  }

  // What undoes them

  /** A key, or all of them if it is null, was removed; perhaps, if that is not certain. */
  void undoByRemoval(@Nullable String key, boolean certain) {
    undo(writings, writing -> key == null || writing.key.equals(key), certain);
  }

  /** Keys were purged; perhaps, if that is not certain. */
  void undoByPurge(Predicate<String> keys, boolean certain) {
    undo(writings, writing -> keys.test(writing.key), certain);
    undo(stagedLater, staged -> keys.test(staged.key), certain);
  }

  /** A tag was purged. */
  void undoByTag(String tag) {
    undo(writings, writing -> writing.metadata.tags().contains(tag), true);
    undo(stagedLater, staged -> staged.metadata.tags().contains(tag), true);
  }

  private static <T extends Undoable> void undo(List<T> all, Predicate<T> which, boolean certain) {
    for (T each : all) {
      if (which.test(each)) {
        each.purged |= certain;
        each.perhapsPurged |= !certain;
      }
    }
  }

  /** Whether a commit that went well was undone, which must not be a surprise. */
  private boolean wasPurged(Undoable write, StreamValue staged) {
    boolean purged = state.stack.wasPurged(staged);
    if (!write.perhapsPurged || write.purged) {
      assertThat(purged).as(state.when).isEqualTo(write.purged);
    }
    return purged;
  }

  // What is staged

  void keep(String key, Metadata metadata, byte[] body, StreamValue staged) {
    stagedLater.add(new Staged(key, metadata, body, staged));
  }

  void commitStaged() throws IOException {
    if (stagedLater.isEmpty()) {
      return;
    }
    Staged staged = stagedLater.remove(state.random.nextInt(stagedLater.size()));
    if (state.random.nextInt(4) > 0) {
      ModelEntry written =
          new ModelEntry(staged.body, staged.metadata, state.next(), state.newDeadline());
      boolean done =
          state.attempt(() -> state.stack.put(staged.key, staged.value, written.expiresAtMillis));
      if (!done) {
        state.adopt(staged.key, written);
      } else if (!wasPurged(staged, staged.value)) {
        state.model.put(staged.key, written);
      }
    }
    state.stack.discard(staged.value);
  }

  // What others follow

  void openWriting(String key) throws IOException {
    Metadata metadata = state.newMetadata();
    boolean unused =
        state.attempt(
            () ->
                writings.add(
                    new Writing(
                        key,
                        metadata,
                        state.stack.openStage(key, metadata, StreamValue.UNKNOWN_LENGTH))));
  }

  private @Nullable Writing anyWriting() {
    return writings.isEmpty() ? null : writings.get(state.random.nextInt(writings.size()));
  }

  void writeOn() throws IOException {
    Writing writing = anyWriting();
    if (writing == null) {
      return;
    }
    byte[] more = state.newBody();
    try {
      if (state.attempt(() -> writing.writer.write(ByteBuffer.wrap(more)))) {
        writing.written.writeBytes(more);
        return;
      }
    } catch (AssertionError e) {
      boolean tooLarge = ModelState.isTooLarge(new byte[writing.written.size() + more.length]);
      if (!(e.getCause() instanceof EntryTooLargeException) || !tooLarge) {
        throw e;
      }
    }
    writings.remove(writing);
    assertFollowersFail(writing);
  }

  void endWriting() throws IOException {
    Writing writing = anyWriting();
    if (writing == null) {
      return;
    }
    writings.remove(writing);
    if (state.random.nextInt(3) == 0) {
      writing.writer.abort();
      assertFollowersFail(writing);
      return;
    }
    ModelEntry written =
        new ModelEntry(
            writing.written.toByteArray(), writing.metadata, state.next(), state.newDeadline());
    StreamValue[] staged = new StreamValue[1];
    boolean done =
        state.attempt(
            () -> {
              staged[0] = writing.writer.finish();
              state.stack.put(writing.key, staged[0], written.expiresAtMillis);
            });
    boolean purged = staged[0] != null && wasPurged(writing, staged[0]);
    if (staged[0] != null) {
      state.stack.discard(staged[0]);
    }
    if (!done) {
      state.adopt(writing.key, written);
    } else if (!purged) {
      state.model.put(writing.key, written);
    }
    endFollowers(writing, done, purged, written.body);
  }

  private void endFollowers(Writing writing, boolean done, boolean purged, byte[] body)
      throws IOException {
    if (purged) {
      assertFollowersFail(writing);
      return;
    }
    for (StreamValue follower : writing.followers) {
      if (done) {
        boolean read =
            state.attempt(
                () ->
                    assertThat(Arrays.equals(ModelReads.readToEnd(follower), body))
                        .as(state.when)
                        .isTrue());
        assertThat(read || state.tiers.authorityFailed()).as(state.when).isTrue();
      }
      follower.close(); // if it is not done, nobody knows what was committed
    }
  }

  private void assertFollowersFail(Writing writing) {
    for (StreamValue follower : writing.followers) {
      try (follower) {
        byte[] read = ModelReads.readToEnd(follower);
        throw new AssertionError(state.when + ": a clean end after " + read.length + " bytes");
      } catch (IOException expected) {
        // as it should be
      }
    }
  }

  void join(String key) throws IOException {
    StreamValue[] joined = new StreamValue[1];
    boolean unused = state.attempt(() -> joined[0] = state.stack.join(key));
    StreamValue following = joined[0];
    if (following == null) {
      return;
    }
    assertThat(state.settings.joinWrites()).as(state.when).isTrue();
    Writing followed = followed(key);
    if (followed == null) {
      // It may be that of a body staged by somebody else, and just as well blocks.
      following.close();
      return;
    }
    followed.followers.add(following);
    byte[] written = followed.written.toByteArray();
    if (written.length > 0) {
      ByteBuffer target = ByteBuffer.allocate(written.length);
      if (state.attempt(() -> assertThat(following.read(0, target)).isPositive())) {
        int count = target.position();
        assertThat(Arrays.equals(target.array(), 0, count, written, 0, count))
            .as(state.when)
            .isTrue();
      }
    }
  }

  /** The write that a reader follows, if that is certain. */
  private @Nullable Writing followed(String key) {
    for (Staged staged : stagedLater) {
      if (staged.key.equals(key)) {
        return null;
      }
    }
    Writing latest = null;
    for (Writing writing : writings) {
      if (writing.key.equals(key) && writing.perhapsPurged) {
        return null;
      }
      latest = writing.key.equals(key) && !writing.purged ? writing : latest;
    }
    return latest;
  }

  void end() {
    for (Writing writing : writings) {
      writing.writer.abort();
      assertFollowersFail(writing);
    }
    for (Staged staged : stagedLater) {
      state.stack.discard(staged.value);
    }
  }
}
