package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Promotion;
import io.terrace.StreamValue;
import io.terrace.tier.Resident;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link StreamModel} reads, and the handles it holds open meanwhile. */
final class ModelReads {

  /** A handle that is held open across other operations. */
  private record Held(
      String key, StreamValue value, ReadableByteChannel channel, byte[] body, int[] position) {}

  private final ModelState state;
  private final List<Held> held = new ArrayList<>();

  ModelReads(ModelState state) {
    this.state = state;
  }

  /** Whether somebody is in the midst of reading the key. */
  boolean isHeld(String key) {
    return held.stream().anyMatch(handle -> handle.key().equals(key));
  }

  /** Opens the value of a key and says whether it is right that it is there. */
  private @Nullable Resident<StreamValue> open(String key) {
    ModelEntry expected = state.model.get(key);
    boolean stale = expected != null && expected.stale && state.random.nextBoolean();
    Resident<StreamValue> resident = stale ? state.stack.getStale(key) : state.stack.get(key);
    if (expected == null || (expected.stale && !stale)) {
      assertThat(resident).as("%s: %s", state.when, key).isNull();
    } else if (!expected.evicted) {
      assertThat(resident).as("%s: %s", state.when, key).isNotNull();
    }
    if (resident != null && expected != null) {
      StreamValue value = resident.value();
      assertThat(resident.expiresAtMillis()).as(state.when).isEqualTo(expected.expiresAtMillis);
      assertThat(value.metadata()).as(state.when).isEqualTo(expected.metadata);
      assertThat(value.length()).as(state.when).isEqualTo(expected.body.length);
    }
    return resident;
  }

  private interface Reading {
    void run(StreamValue value, byte[] body) throws IOException;
  }

  /** Opens the key, reads of it, and closes it. */
  private boolean reading(String key, Reading reading) throws IOException {
    return state.attempt(
        () -> {
          Resident<StreamValue> resident = open(key);
          if (resident != null) {
            try (StreamValue value = resident.value()) {
              reading.run(value, state.model.get(key).body);
            }
          }
        },
        state.isEvicted(key));
  }

  void readWhole(String key) throws IOException {
    boolean unused = reading(key, this::readWhole);
  }

  private void readWhole(StreamValue value, byte[] body) throws IOException {
    assertThat(Arrays.equals(readToEnd(value), body)).as(state.when).isTrue();
  }

  static byte[] readToEnd(StreamValue value) throws IOException {
    try (value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long unused = value.transferTo(Channels.newChannel(bytes));
      return bytes.toByteArray();
    }
  }

  /**
   * Reads the whole as often as the most patient rule of the policy wants, and sees whether it was
   * copied where it should be, if nobody was in the way.
   */
  void readUntilPromoted(String key) throws IOException {
    state.executor.runAll();
    state.deferNothing();
    boolean[] before = new boolean[state.tiers.count()];
    for (int tier = 0; tier < before.length; tier++) {
      before[tier] = state.tiers.held(tier, key) != null;
    }
    int[] from = {-1};
    boolean done =
        reading(
            key,
            (value, body) -> {
              from[0] = state.tiers.indexOf(value.info().tier());
              readWhole(value, body);
            });
    for (int hit = 1; hit < 3 && done; hit++) {
      done = reading(key, this::readWhole);
    }
    state.deferLanes();
    boolean undisturbed = done && !state.tiers.anyFailed() && state.tiers.areTrusted();
    if (undisturbed && from[0] > 0 && !isHeld(key) && !state.model.get(key).stale) {
      assertPromoted(key, from[0], before);
    }
  }

  private void assertPromoted(String key, int from, boolean[] before) {
    long length = state.model.get(key).body.length;
    boolean moved = false; // whether later hits were those of another tier
    for (int to = from - 1; to >= 0; to--) {
      Promotion rule = state.policy.of(state.tiers.name(from), state.tiers.name(to));
      boolean held = state.tiers.held(to, key) != null;
      boolean admitted = length <= state.tiers.memory(to).maxEntryBytes();
      if (!admitted) {
        assertThat(held).as("%s: tier%s admits %s", state.when, to, key).isFalse();
      } else if (rule instanceof Promotion.OnComplete) {
        assertThat(held).as("%s: tier%s lacks %s", state.when, to, key).isTrue();
      } else if (!moved && rule instanceof Promotion.After) {
        assertThat(held || othersCameUp(key, from, before)).as(state.when).isTrue();
      } else if (rule instanceof Promotion.Never && !othersCameUp(key, from, before)) {
        assertThat(held).as("%s: tier%s got %s", state.when, to, key).isEqualTo(before[to]);
      }
      moved |= held;
    }
  }

  /** Whether a tier between got the key, from which it may have gone further up, or not. */
  private boolean othersCameUp(String key, int from, boolean[] before) {
    for (int tier = 0; tier < from; tier++) {
      if (!before[tier] && state.tiers.held(tier, key) != null) {
        return true;
      }
    }
    return false;
  }

  void readPart(String key) throws IOException {
    boolean unused =
        reading(
            key,
            (value, body) -> {
              Held part = new Held(key, value, value.channel(), body, new int[1]);
              read(part, state.random.nextInt(body.length + 1));
            });
  }

  void readRanges(String key) throws IOException {
    boolean unused =
        reading(
            key,
            (value, body) -> {
              readRange(value, body);
              readRange(value, body);
            });
  }

  private void readRange(StreamValue value, byte[] body) throws IOException {
    int offset = state.random.nextInt(body.length + 2);
    ByteBuffer target = ByteBuffer.allocate(1 + state.random.nextInt(1000));
    int count = value.read(offset, target);
    if (offset >= body.length) {
      assertThat(count).as(state.when).isEqualTo(-1);
    } else {
      assertThat(count).as(state.when).isPositive();
      assertThat(Arrays.equals(target.array(), 0, count, body, offset, offset + count))
          .as(state.when)
          .isTrue();
    }
  }

  void hold(String key) throws IOException {
    boolean unused =
        state.attempt(
            () -> {
              Resident<StreamValue> resident = open(key);
              if (resident != null) {
                StreamValue value = resident.value();
                byte[] body = state.model.get(key).body;
                held.add(new Held(key, value, value.channel(), body, new int[1]));
              }
            });
  }

  void readOn() throws IOException {
    if (held.isEmpty()) {
      return;
    }
    Held handle = held.get(state.random.nextInt(held.size()));
    boolean ends = state.random.nextInt(3) == 0;
    int some = state.random.nextInt(handle.body().length + 1);
    boolean needsUpper = true; // what it reads may be replaced by now in the tiers below
    if (!state.attempt(() -> read(handle, ends ? Integer.MAX_VALUE : some), needsUpper) || ends) {
      handle.value().close();
      held.remove(handle);
    }
  }

  /** Reads so many bytes, or to the end, and compares. */
  private void read(Held handle, int count) throws IOException {
    byte[] body = handle.body();
    ByteBuffer part = ByteBuffer.allocate(1 + state.random.nextInt(100_000));
    int left = count;
    while (left > 0) {
      int read = handle.channel().read(part.clear().limit(Math.min(left, part.capacity())));
      int from = handle.position()[0];
      if (read < 0) {
        assertThat(from).as(state.when).isEqualTo(body.length);
        return;
      }
      assertThat(Arrays.equals(part.array(), 0, read, body, from, from + read))
          .as(state.when)
          .isTrue();
      handle.position()[0] += read;
      left -= read;
    }
  }

  void end() {
    for (Held handle : held) {
      handle.value().close();
    }
  }
}
