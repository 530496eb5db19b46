package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.StreamValue;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a {@link StreamModel} does to single keys in the words of JCache, loading included. */
final class ModelWrites {
  private final ModelState state;
  private final ModelPushes pushes;

  ModelWrites(ModelState state, ModelPushes pushes) {
    this.state = state;
    this.pushes = pushes;
  }

  private StreamValue source(byte[] body) {
    return switch (state.random.nextInt(3)) {
      case 0 -> StreamValue.of(body);
      case 1 -> StreamValue.of(new ByteArrayInputStream(body));
      default -> StreamValue.of(new ByteArrayInputStream(body), body.length);
    };
  }

  /** Stages a body, or returns null where that had to fail. */
  private @Nullable StreamValue stage(String key, byte[] body, Metadata metadata)
      throws IOException {
    StreamValue[] staged = new StreamValue[1];
    try {
      boolean unused =
          state.attempt(
              () -> staged[0] = state.stack.stage(key, source(body).withMetadata(metadata)));
    } catch (AssertionError e) {
      if (!(e.getCause() instanceof EntryTooLargeException) || !ModelState.isTooLarge(body)) {
        throw e;
      }
    }
    return staged[0];
  }

  void put(String key) throws IOException {
    byte[] body = state.newBody();
    Metadata metadata = state.newMetadata();
    StreamValue staged = stage(key, body, metadata);
    if (staged == null) {
      return;
    }
    assertThat(ModelState.isTooLarge(body)).as(state.when).isFalse();
    ModelEntry written = new ModelEntry(body, metadata, state.next(), state.newDeadline());
    if (state.attempt(() -> state.stack.put(key, staged, written.expiresAtMillis))) {
      assertThat(state.stack.wasPurged(staged)).as(state.when).isFalse();
      state.model.put(key, written);
    } else {
      state.adopt(key, written);
    }
    state.stack.discard(staged);
  }

  void stageLater(String key) throws IOException {
    byte[] body = state.newBody();
    Metadata metadata = state.newMetadata();
    StreamValue staged = stage(key, body, metadata);
    if (staged != null) {
      pushes.keep(key, metadata, body, staged);
    }
  }

  void compareAndSet(String key) throws IOException {
    byte[] body = state.newBody();
    Metadata metadata = state.newMetadata();
    StreamValue staged = stage(key, body, metadata);
    if (staged == null) {
      return;
    }
    ModelEntry written = new ModelEntry(body, metadata, state.next(), state.newDeadline());
    boolean[] set = new boolean[1];
    boolean done =
        state.attempt(
            () -> {
              Resident<StreamValue> current =
                  state.random.nextBoolean() ? got(key) : state.stack.find(key);
              set[0] = state.stack.compareAndSet(key, current, staged, written.expiresAtMillis);
              boolean gone = current != null && state.isEvicted(key);
              if (!set[0] && !gone && !state.tiers.authorityFailed()) {
                throw new AssertionError(state.when + ": refused");
              }
              if (gone) {
                assertThat(set[0]).as(state.when).isFalse();
                state.model.remove(key); // purged from above, so that a next try finds none
              }
            });
    if (done && set[0]) {
      state.model.put(key, written);
    } else if (!done) {
      state.adopt(key, written);
    }
    state.stack.discard(staged);
  }

  private @Nullable Resident<StreamValue> got(String key) {
    Resident<StreamValue> resident = state.stack.get(key);
    if (resident != null) {
      state.stack.release(resident);
    }
    return resident;
  }

  void compareWithOther(String key) throws IOException {
    ModelEntry expected = state.model.get(key);
    StreamValue staged = stage(key, state.newBody(), Metadata.NONE);
    if (staged == null) {
      return;
    }
    Resident<StreamValue> other = resident(1);
    boolean unused =
        state.attempt(
            () -> {
              assertThat(state.stack.compareAndSet(key, other, staged, EntryHeader.NEVER))
                  .as(state.when)
                  .isFalse();
              if (expected != null && expected.isFound()) {
                assertThat(state.stack.compareAndSet(key, null, staged, EntryHeader.NEVER))
                    .as(state.when)
                    .isFalse();
              }
              assertThat(state.stack.remove(key, other)).as(state.when).isFalse();
            });
    if (!state.tiers.authorityFailed()) {
      state.forgetEvicted(key::equals); // a refused change takes such copies away
    }
    state.stack.discard(staged);
  }

  private static Resident<StreamValue> resident(long version) {
    return new Resident<>(
        StreamValue.of(new byte[0]), version, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
  }

  void remove(String key) throws IOException {
    ModelEntry expected = state.model.get(key);
    boolean done =
        state.attempt(
            () ->
                assertThat(state.stack.remove(key))
                    .as(state.when)
                    .isEqualTo(expected != null && expected.isFound()));
    pushes.undoByRemoval(key, done);
    if (done) {
      state.model.remove(key);
    } else {
      state.adopt(key, null);
    }
  }

  void removeSame(String key) throws IOException {
    ModelEntry expected = state.model.get(key);
    boolean[] removed = new boolean[1];
    boolean done =
        state.attempt(
            () -> {
              Resident<StreamValue> current = state.stack.find(key);
              removed[0] = current != null && state.stack.remove(key, current);
            });
    if (!done) {
      pushes.undoByRemoval(key, false);
      state.adopt(key, null);
      return;
    }
    assertThat(removed[0]).as(state.when).isEqualTo(expected != null && expected.isFound());
    if (removed[0]) {
      state.model.remove(key);
      pushes.undoByRemoval(key, true);
    }
  }

  void touch(String key) throws IOException {
    ModelEntry expected = state.model.get(key);
    if (expected == null || expected.evicted) {
      return;
    }
    ModelEntry intended = expected.copy();
    intended.expiresAtMillis = state.newDeadline();
    boolean done =
        state.attempt(
            () -> {
              Resident<StreamValue> current = state.stack.find(key);
              assertThat(current != null).as(state.when).isEqualTo(expected.isFound());
              if (current != null) {
                state.stack.touch(key, current, intended.expiresAtMillis);
                state.model.put(key, intended);
              }
            });
    if (!done) {
      state.adopt(key, intended);
    }
  }

  void clear() throws IOException {
    boolean done = state.attempt(state.stack::clear);
    pushes.undoByRemoval(null, true);
    if (done) {
      state.model.clear();
      return;
    }
    state.forgetEvicted(key -> true); // upper tiers are cleared whatever the authority does
    for (int k = 0; k < ModelState.KEYS; k++) {
      state.adopt("k" + k, null);
    }
  }

  void evict(String key) throws IOException {
    int tier = state.random.nextInt(state.tiers.count());
    boolean evicted =
        state
            .tiers
            .memory(tier)
            .purge(state.tiers.keys().encode(key), PurgeReason.EVICTION, Condition.ALWAYS);
    ModelEntry expected = state.model.get(key);
    if (evicted && tier == state.tiers.count() - 1 && expected != null) {
      expected.evicted = true;
    }
  }

  /** Loads what no tier has. */
  void load(String key) throws IOException {
    byte[] body = state.newBody();
    Metadata metadata = state.newMetadata();
    ModelEntry loaded = new ModelEntry(body, metadata, state.next(), state.newDeadline());
    boolean nothing = state.random.nextInt(4) == 0;
    FixedLoader loader = new FixedLoader(nothing ? null : loaded);
    byte[] present = bodyOf(state.model.get(key));
    state.deferNothing(); // whoever follows the write would wait for this very thread
    boolean done =
        state.attempt(
            () -> {
              Resident<StreamValue> resident = state.stack.getOrLoad(key, loader);
              byte[] read = resident == null ? null : ModelReads.readToEnd(resident.value());
              boolean fromLoader = loader.called && !Arrays.equals(read, present);
              assertThat(Arrays.equals(read, fromLoader ? nothing ? null : body : present))
                  .as(state.when)
                  .isTrue();
            },
            state.isEvicted(key));
    state.deferLanes();
    if (!loader.called || nothing) {
      return;
    }
    if (done && !state.tiers.authorityFailed() && !ModelState.isTooLarge(body)) {
      state.model.put(key, loaded);
    } else {
      state.adopt(key, loaded);
    }
  }

  private static byte @Nullable [] bodyOf(@Nullable ModelEntry expected) {
    return expected == null ? null : expected.body;
  }

  /** A loader of one entry, or of nothing. */
  private final class FixedLoader implements Loader<String, StreamValue> {
    private final @Nullable ModelEntry entry;
    boolean called;

    FixedLoader(@Nullable ModelEntry entry) {
      this.entry = entry;
    }

    @Override
    public @Nullable Loaded<StreamValue> load(String key) {
      called = true;
      return entry == null
          ? null
          : new Loaded<>(
              StreamValue.of(entry.body).withMetadata(entry.metadata), entry.expiresAtMillis);
    }

    @Override
    public void stored(String key, StreamValue value) {
      assertThat(entry).as(state.when).isNotNull();
      assertThat(value.length()).as(state.when).isEqualTo(entry.body.length);
    }
  }
}
