package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.jcache.CacheFixture.On;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * The atomic operations of a cache, run by several threads, have results that some order of them
 * explains: on a heap alone, on heap and disk, and where a listener makes changes take turns.
 */
class CacheLincheckTest {
  /** How many scenarios are tried; a long run takes thousands. */
  private static final int ITERATIONS = Integer.getInteger("terrace.lincheck.iterations", 3);

  private static final CacheFixture FIXTURE = new CacheFixture();
  private static final AtomicInteger CACHES = new AtomicInteger();

  @AfterAll
  static void close() throws Exception {
    FIXTURE.close();
  }

  /** The operations; a run of Lincheck makes an instance for every invocation. */
  @Param(name = "key", gen = IntGen.class, conf = "0:1")
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  abstract static class Operations {
    private final Cache<Integer, Integer> cache;

    Operations(Cache<Integer, Integer> cache) {
      this.cache = cache;
      cache.clear();
    }

    @Operation
    public @Nullable Integer get(@Param(name = "key") int key) {
      return cache.get(key);
    }

    @Operation
    public void put(@Param(name = "key") int key, @Param(name = "value") int value) {
      cache.put(key, value);
    }

    @Operation
    public @Nullable Integer getAndPut(
        @Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.getAndPut(key, value);
    }

    @Operation
    public boolean putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.putIfAbsent(key, value);
    }

    @Operation
    public boolean replace(
        @Param(name = "key") int key,
        @Param(name = "value") int expected,
        @Param(name = "value") int value) {
      return cache.replace(key, expected, value);
    }

    @Operation
    public @Nullable Integer getAndReplace(
        @Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.getAndReplace(key, value);
    }

    @Operation
    public boolean removeIf(@Param(name = "key") int key, @Param(name = "value") int expected) {
      return cache.remove(key, expected);
    }

    @Operation
    public @Nullable Integer getAndRemove(@Param(name = "key") int key) {
      return cache.getAndRemove(key);
    }

    @Operation
    public boolean remove(@Param(name = "key") int key) {
      return cache.remove(key);
    }

    @Operation
    public int increment(@Param(name = "key") int key) {
      return cache.invoke(
          key,
          (entry, arguments) -> {
            int next = entry.exists() ? entry.getValue() + 1 : 1;
            entry.setValue(next);
            return next;
          });
    }
  }

  private static Cache<Integer, Integer> cache(
      On stack, MutableConfiguration<Integer, Integer> configuration) {
    return FIXTURE
        .manager(stack)
        .createCache("lincheck " + CACHES.incrementAndGet(), configuration);
  }

  private static MutableConfiguration<Integer, Integer> configuration() {
    return CacheFixture.of(Integer.class, Integer.class);
  }

  /** On a heap alone. */
  public static final class OnHeap extends Operations {
    private static final Cache<Integer, Integer> CACHE = cache(On.HEAP, configuration());

    public OnHeap() {
      super(CACHE);
    }
  }

  /** On heap and disk. */
  public static final class OnHeapAndDisk extends Operations {
    private static final Cache<Integer, Integer> CACHE = cache(On.HEAP_AND_DISK, configuration());

    public OnHeapAndDisk() {
      super(CACHE);
    }
  }

  /** On heap and disk, with a listener. */
  public static final class Watched extends Operations {
    private static final Cache<Integer, Integer> CACHE =
        cache(
            On.HEAP_AND_DISK,
            configuration()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(new Silent()), null, true, true)));

    public Watched() {
      super(CACHE);
    }
  }

  private static final class Silent extends RecordingListener<Integer, Integer> {
    @Override
    void hear(javax.cache.event.CacheEntryEvent<? extends Integer, ? extends Integer> event) {}
  }

  /** What one thread would see. */
  public static final class Model {
    private final Map<Integer, Integer> entries = new HashMap<>();

    public @Nullable Integer get(int key) {
      return entries.get(key);
    }

    public void put(int key, int value) {
      entries.put(key, value);
    }

    public @Nullable Integer getAndPut(int key, int value) {
      return entries.put(key, value);
    }

    public boolean putIfAbsent(int key, int value) {
      return entries.putIfAbsent(key, value) == null;
    }

    public boolean replace(int key, int expected, int value) {
      return entries.replace(key, expected, value);
    }

    public @Nullable Integer getAndReplace(int key, int value) {
      return entries.replace(key, value);
    }

    public boolean removeIf(int key, int expected) {
      return entries.remove(key, expected);
    }

    public @Nullable Integer getAndRemove(int key) {
      return entries.remove(key);
    }

    public boolean remove(int key) {
      return entries.remove(key) != null;
    }

    public int increment(int key) {
      return Objects.requireNonNull(entries.merge(key, 1, Integer::sum));
    }
  }

  private static void check(Class<? extends Operations> operations, int invocations) {
    new StressOptions()
        .iterations(ITERATIONS)
        .invocationsPerIteration(invocations)
        .threads(2)
        .actorsBefore(2)
        .actorsPerThread(4)
        .actorsAfter(2)
        .sequentialSpecification(Model.class)
        .check(operations);
  }

  @Test
  void i8_atomicOperationsAreLinearizableOnAHeap() {
    check(OnHeap.class, 500);
  }

  @Test
  void i8_atomicOperationsAreLinearizableOnHeapAndDisk() {
    check(OnHeapAndDisk.class, 200);
  }

  @Test
  void i8_atomicOperationsAreLinearizableInOrder() {
    check(Watched.class, 200);
  }

  @Test
  void theModelIsNotVacuous() {
    Model model = new Model();
    assertThat(model.increment(1)).isEqualTo(1);
    assertThat(model.replace(1, 2, 3)).isFalse();
    assertThat(model.replace(1, 1, 3)).isTrue();
    assertThat(model.getAndRemove(1)).isEqualTo(3);
  }
}
