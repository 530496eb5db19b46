package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.stack.StreamFixture.read;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Freshness;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.Waiting;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loading streams, stored first or followed while they are stored. */
class StreamLoadTest {
  private final StreamFixture fixture = new StreamFixture();
  private final HookedTier authority = new HookedTier(fixture.authority);
  private final byte[] body = bytes(1, 600_000);
  private final byte[] other = bytes(2, 1000);
  private StreamStack<String> stack = stack(false);

  private StreamStack<String> stack(boolean joins) {
    StreamSettings settings = joins ? StreamFixture.PATIENT.joiningWrites() : StreamFixture.PATIENT;
    stack = fixture.stack(settings, PromotionPolicy.ALWAYS, fixture.top, fixture.middle, authority);
    return stack;
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  /** A loader that counts, and that a test can hold. */
  private final class Counting implements Loader<String, StreamValue> {
    final AtomicInteger loads = new AtomicInteger();
    final List<String> stored = new CopyOnWriteArrayList<>();
    final List<String> settled = new CopyOnWriteArrayList<>();
    private final Function<String, @Nullable StreamValue> source;
    private long expiresAtMillis = EntryHeader.NEVER;

    Counting(Function<String, @Nullable StreamValue> source) {
      this.source = source;
    }

    @Override
    public @Nullable Loaded<StreamValue> load(String key) {
      loads.incrementAndGet();
      StreamValue value = source.apply(key);
      return value == null ? null : new Loaded<>(value, expiresAtMillis);
    }

    @Override
    public void stored(String key, StreamValue value) {
      stored.add(key);
    }

    @Override
    public void settled(String key) {
      settled.add(key);
    }
  }

  private Counting loading(byte[] value) {
    return new Counting(key -> StreamValue.of(value));
  }

  private byte @Nullable [] load(Loader<String, StreamValue> loader) {
    return load("k", loader);
  }

  private byte @Nullable [] load(String key, Loader<String, StreamValue> loader) {
    Resident<StreamValue> resident = stack.getOrLoad(key, loader);
    try {
      return resident == null ? null : read(resident.value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsLoadedIsStoredAndServed(boolean joins) throws Exception {
    stack(joins);
    Counting loader = loading(body);
    assertThat(load(loader)).isEqualTo(body);
    StreamFixture.awaitIdle(stack);
    assertThat(load(loader)).isEqualTo(body);
    assertThat(loader.loads).hasValue(1);
    assertThat(loader.stored).containsExactly("k");
    assertThat(loader.settled).containsExactly("k");
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void manyAtOnceLoadOnce(boolean joins) throws Exception {
    stack(joins);
    HookedTier.Gate gate = new HookedTier.Gate();
    Counting loader =
        new Counting(
            key -> {
              gate.run();
              return StreamValue.of(body);
            });
    List<CompletableFuture<byte[]>> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      readers.add(StackFixture.inThread(() -> load(loader)));
    }
    gate.awaitReached();
    gate.open();
    for (CompletableFuture<byte[]> reader : readers) {
      assertThat(StackFixture.await(reader)).isEqualTo(body);
    }
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void whoComesWhileALoadIsStoredInTheBackgroundFollowsIt() throws Exception {
    stack(true);
    HookedTier.Gate gate = authority.gate(Operation.COMMIT);
    Counting loader = loading(body);
    CompletableFuture<byte[]> first = StackFixture.inThread(() -> load(loader));
    gate.awaitReached();
    CompletableFuture<byte[]> second = StackFixture.inThread(() -> load(loader));
    StreamFixture.await(() -> authorityReaders() > 1, "nobody follows");
    gate.open();
    assertThat(StackFixture.await(first)).isEqualTo(body);
    assertThat(StackFixture.await(second)).isEqualTo(body);
    assertThat(loader.loads).hasValue(1);
  }

  private int authorityReaders() {
    return fixture.authorityMemory.openHandles() - 1; // beside the write
  }

  @Test
  void whatWasStoredSinceTheLookIsNotLoaded() {
    authority.after(Operation.LOOKUP, () -> putOther());
    Counting loader = loading(body);
    assertThat(load(loader)).isEqualTo(other);
    assertThat(loader.loads).hasValue(0);
  }

  private void putOther() {
    put(stack, "k", other);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsNothing(boolean joins) throws Exception {
    stack(joins);
    Counting loader = new Counting(key -> null);
    assertThat(load(loader)).isNull();
    assertThat(get(stack, "k")).isNull();
    assertThat(loader.loads).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLoaderThatThrowsIsHeardUnlessThereIsAStaleValue(boolean joins) throws Exception {
    stack(joins);
    Counting loader =
        new Counting(
            key -> {
              throw new IllegalStateException("the loader fails");
            });
    assertThatThrownBy(() -> load(loader)).hasMessage("the loader fails");
    putOther();
    HeaderUpdate stale = new HeaderUpdate(null, null, Freshness.STALE);
    assertThat(stack.update(fixture.encoded("k"), stack.find("k").version(), stale)).isTrue();
    assertThat(get(stack, "k")).isNull();
    assertThat(load(loader)).isEqualTo(other);
    assertThat(load(loading(body))).isEqualTo(body);
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStaleValueThatCannotBeReadHidesNoFailure(boolean joins) {
    stack(joins);
    Counting loader =
        new Counting(
            key -> {
              fixture.authorityFaults.failAlways(Operation.LOOKUP);
              throw new IllegalStateException("the loader fails");
            });
    assertThatThrownBy(() -> load(loader)).hasMessage("the loader fails");
    fixture.authorityFaults.heal();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsDeclaredTooLargeGoesToItsReaderUnstored(boolean joins) throws Exception {
    stack(joins);
    byte[] large = bytes(3, 2 * StreamFixture.TIER_BYTES + 1);
    Counting loader = loading(large);
    assertThat(load(loader)).isEqualTo(large);
    assertThat(loader.loads).hasValue(1);
    assertThat(loader.stored).isEmpty();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void whatTurnsOutTooLargeIsLoadedOnceMoreForItsReader() throws Exception {
    byte[] large = bytes(3, 2 * StreamFixture.TIER_BYTES + 1);
    Counting loader = new Counting(key -> StreamValue.of(new ByteArrayInputStream(large)));
    assertThat(load(loader)).isEqualTo(large);
    assertThat(loader.loads).hasValue(2);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i1_whoFollowsWhatTurnsOutTooLargeHearsOfIt() throws Exception {
    stack(true);
    byte[] large = bytes(3, 2 * StreamFixture.TIER_BYTES + 1);
    Counting loader = new Counting(key -> StreamValue.of(new ByteArrayInputStream(large)));
    byte[] whole = null;
    try {
      whole = load(loader); // unless it was over before anybody could follow
    } catch (UncheckedIOException expected) {
      assertThat(expected.getCause()).isNotNull();
    }
    assertThat(whole == null || whole.length == large.length).isTrue();
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsOverAsItArrivesIsServedAndNotStored(boolean joins) throws Exception {
    stack(joins);
    Counting loader = loading(body);
    loader.expiresAtMillis = fixture.now.get();
    assertThat(load(loader)).isEqualTo(body);
    assertThat(loader.loads).hasValue(1);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i3_aWriteDuringTheLoadIsNotReplaced() throws Exception {
    Counting loader =
        new Counting(
            key -> {
              putOther();
              return StreamValue.of(body);
            });
    assertThat(load(loader)).isEqualTo(other);
    assertThat(get(stack, "k")).isEqualTo(other);
    assertThat(loader.stored).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i3_aRemovalDuringTheStoringIsNotUndone(boolean joins) throws Exception {
    stack(joins);
    authority.before(Operation.WRITE, () -> assertThat(stack.remove("k")).isFalse());
    Counting loader = loading(body);
    byte[] read = null;
    try {
      read = load(loader);
    } catch (UncheckedIOException expected) {
      assertThat(joins).isTrue(); // the write it followed was undone
    }
    assertThat(read == null || read.length == body.length).isTrue();
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isNull();
    assertThat(loader.stored).isEmpty();
    assertThat(loader.settled).hasSize(1);
  }

  @Test
  void i3_aWriteDuringAStoringThatIsFollowedIsNotReplaced() throws Exception {
    stack(true);
    authority.before(Operation.WRITE, this::putOther);
    Counting loader = loading(body);
    try {
      assertThat(load(loader)).isIn(body, other);
    } catch (UncheckedIOException expected) {
      assertThat(expected.getCause()).isNotNull(); // never a clean end of what was not committed
    }
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isEqualTo(other);
  }

  /** Somebody stores another value, which is evicted from all tiers at once. */
  private void putAndEvictOther() {
    putOther();
    try {
      for (MemoryTier tier :
          List.of(fixture.topMemory, fixture.middleMemory, fixture.authorityMemory)) {
        tier.purge(fixture.encoded("k"), PurgeReason.EVICTION, Condition.ALWAYS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i3_aWriteDuringTheLoadKeepsItOutThoughItWasEvicted(boolean joins) throws Exception {
    stack(joins);
    Counting loader =
        new Counting(
            key -> {
              putAndEvictOther();
              return StreamValue.of(body);
            });
    assertThat(load(loader)).isEqualTo(body);
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isNull();
    assertThat(loader.stored).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i3_aWriteDuringTheStoringKeepsItOutThoughItWasEvicted(boolean joins) throws Exception {
    stack(joins);
    authority.before(Operation.WRITE, this::putAndEvictOther);
    Counting loader = loading(body);
    try {
      assertThat(load(loader)).isEqualTo(body);
    } catch (UncheckedIOException expected) {
      assertThat(joins).isTrue(); // the write it followed was undone
    }
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isNull();
    assertThat(loader.stored).isEmpty();
  }

  @Test
  void i3_aWriteThatMeetsTheCommitOfALoadComesAfterIt() throws Exception {
    AtomicReference<Waiting<Boolean>> writing = new AtomicReference<>();
    authority.before(
        Operation.COMMIT,
        () ->
            writing.set(
                Waiting.on(
                        () -> {
                          putAndEvictOther();
                          return true;
                        })
                    .untilBlocked()));
    assertThat(load(loading(body))).isIn(body, other);
    assertThat(writing.get().result()).isTrue();
    StreamFixture.awaitIdle(stack);
    // Evicted, or the other value: a reader that found it may promote it after the eviction.
    assertThat(get(stack, "k"))
        .satisfiesAnyOf(
            found -> assertThat(found).isNull(), found -> assertThat(found).isEqualTo(other));
  }

  @Test
  void aLoaderThatAsksForItsOwnKeyLoadsItAlone() {
    Counting inner = loading(other);
    Counting loader = new Counting(key -> StreamValue.of(load(inner)));
    assertThat(load(loader)).isEqualTo(other);
    assertThat(inner.loads).hasValue(1);
  }

  @Test
  void loadersThatNeedOneAnothersKeysDoNotWaitForEachOther() throws Exception {
    HookedTier.Gate one = new HookedTier.Gate();
    HookedTier.Gate two = new HookedTier.Gate();
    Counting plain = loading(other);
    Counting first =
        new Counting(
            key -> {
              one.run();
              return StreamValue.of(load("b", plain));
            });
    Counting second =
        new Counting(
            key -> {
              two.run();
              return StreamValue.of(load("a", plain));
            });
    CompletableFuture<byte[]> a = StackFixture.inThread(() -> load("a", first));
    CompletableFuture<byte[]> b = StackFixture.inThread(() -> load("b", second));
    one.awaitReached();
    two.awaitReached();
    one.open();
    two.open();
    assertThat(StackFixture.await(a)).isEqualTo(other);
    assertThat(StackFixture.await(b)).isEqualTo(other);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i1_aSourceThatFailsIsNotStored(boolean joins) throws Exception {
    stack(joins);
    Counting loader =
        new Counting(
            key ->
                StreamValue.of(
                    new ByteArrayInputStream(body) {
                      @Override
                      public synchronized int read(byte[] target, int offset, int length) {
                        if (pos > 300_000) {
                          throw new IllegalStateException("the source fails");
                        }
                        return super.read(target, offset, length);
                      }
                    }));
    assertThatThrownBy(() -> load(loader))
        .isInstanceOf(RuntimeException.class)
        .hasStackTraceContaining("the source fails");
    StreamFixture.awaitIdle(stack);
    assertThat(get(stack, "k")).isNull();
    assertThat(loader.stored).isEmpty();
  }

  /** Wants the value in the cache, and must not be asked for it. */
  private static final class StoreOnly implements Loader<String, StreamValue> {
    @Override
    public Loaded<StreamValue> load(String key) {
      throw new IllegalStateException("another one loads it");
    }

    @Override
    public boolean isToStoreOnly() {
      return true;
    }

    @Override
    public void stored(String key, StreamValue value) {
      throw new IllegalStateException("another one stores it");
    }
  }

  @Test
  void whoWantsAValueStoredWaitsForTheLoadOfAnother() throws Exception {
    stack(true);
    HookedTier.Gate gate = authority.gate(Operation.COMMIT);
    CompletableFuture<byte[]> reader = StackFixture.inThread(() -> load(loading(body)));
    gate.awaitReached();
    Waiting<Resident<StreamValue>> storing =
        Waiting.on(() -> stack.getOrLoad("k", new StoreOnly())).untilBlocked();
    gate.open();
    Resident<StreamValue> stored = storing.result();
    assertThat(stack.contains("k")).isTrue();
    assertThat(stored.version()).as("an entry").isNotEqualTo(EntryHeader.UNASSIGNED);
    stack.release(stored);
    assertThat(StackFixture.await(reader)).isEqualTo(body);
  }

  @Test
  void whoWantsAValueStoredHearsOfTheFailureOfAnothersLoad() throws Exception {
    stack(true);
    HookedTier.Gate gate = new HookedTier.Gate();
    Counting loader =
        new Counting(
            key ->
                StreamValue.of(
                    new InputStream() {
                      @Override
                      public int read() {
                        gate.run();
                        throw new IllegalStateException("the source fails");
                      }

                      @Override
                      public int read(byte[] target, int offset, int length) {
                        return read();
                      }
                    }));
    CompletableFuture<byte[]> reader = StackFixture.inThread(() -> load(loader));
    gate.awaitReached();
    Waiting<Resident<StreamValue>> storing =
        Waiting.on(() -> stack.getOrLoad("k", new StoreOnly())).untilBlocked();
    gate.open();
    assertThatThrownBy(storing::result).hasRootCauseMessage("the source fails");
    assertThatThrownBy(() -> StackFixture.await(reader)).hasRootCauseMessage("the source fails");
  }

  @Test
  void aSourceThatAsksForAKeyWhoseLoaderWaitsForItLoadsItAlone() throws Exception {
    stack(true);
    HookedTier.Gate storing = new HookedTier.Gate();
    Counting plain = loading(other);
    Counting ofA =
        new Counting(
            key ->
                StreamValue.of(
                    new ByteArrayInputStream(body) {
                      @Override
                      public synchronized int read(byte[] target, int offset, int length) {
                        if (pos == 0) {
                          storing.run();
                          assertThat(StreamLoadTest.this.load("b", plain)).isEqualTo(other);
                        }
                        return super.read(target, offset, length);
                      }
                    }));
    CompletableFuture<byte[]> a = StackFixture.inThread(() -> load("a", ofA));
    storing.awaitReached();
    Counting ofB =
        new Counting(
            key -> {
              Resident<StreamValue> first = stack.getOrLoad("a", new StoreOnly());
              stack.release(first);
              return StreamValue.of(body);
            });
    Waiting<byte[]> b = Waiting.on(() -> load("b", ofB)).untilBlocked();
    storing.open();
    assertThat(StackFixture.await(a)).isEqualTo(body);
    assertThat(b.result()).isIn(body, other);
  }

  @Test
  void anAuthorityThatCannotBeWrittenServesWhatIsLoaded() throws Exception {
    fixture.authorityFaults.failAlways(Operation.OPEN_WRITE);
    Counting loader = loading(body);
    assertThat(load(loader)).isEqualTo(body);
    assertThat(loader.loads).hasValue(1);
    fixture.authorityFaults.heal();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void aLoadOfAClosedCacheIsRefused() {
    stack(true);
    fixture.threads.shutdown();
    assertThatThrownBy(() -> load(loading(body))).isInstanceOf(IllegalStateException.class);
  }
}
