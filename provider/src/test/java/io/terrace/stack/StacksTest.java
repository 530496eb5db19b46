package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TierSettings;
import io.terrace.tier.Resident;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stack that cannot be opened leaves nothing open, so that it can be opened next. */
class StacksTest {
  private final StackFixture fixture = new StackFixture();
  @TempDir Path directory;

  private List<TierSettings> heapAndDisk() {
    DiskSettings disk = DiskSettings.builder(directory).maxBytes(1 << 20).build();
    return List.of(HeapSettings.builder().maxBytes(1 << 20).build(), disk);
  }

  private TierContext context() {
    return new TierContext("test:stacks", "c", fixture.clock, TierListener.NONE);
  }

  private Stack<String, String> open(@Nullable PromotionPolicy policy) {
    return Stacks.open(
        heapAndDisk(),
        context(),
        new Stacks.Bindings<>(
            () -> fixture.keys,
            () -> fixture.values,
            key -> key,
            value -> true,
            fixture.listener,
            String.class,
            policy,
            CoherenceSettings.DEFAULTS));
  }

  private Stack<String, StreamValue> openStreams(@Nullable PromotionPolicy policy) {
    return Stacks.openStreams(
        heapAndDisk(),
        StreamSettings.DEFAULTS,
        policy,
        context(),
        CoherenceSettings.DEFAULTS,
        fixture.keys,
        String.class,
        new StackListener<>() {
          @Override
          public void expired(
              String key, Resident<StreamValue> resident, BooleanSupplier removal) {}
        });
  }

  /** Were it not, the directory would be locked until the process ends. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i10_tiersOfAStackThatCannotBeMadeAreClosed(boolean ofStreams) {
    PromotionPolicy none = null;
    assertThatThrownBy(() -> open(ofStreams, none)).isInstanceOf(NullPointerException.class);
    Stack<String, ?> stack = open(ofStreams, PromotionPolicy.ALWAYS);
    assertThat(stack.contains("k")).isFalse();
    stack.close();
  }

  private Stack<String, ?> open(boolean ofStreams, @Nullable PromotionPolicy policy) {
    return ofStreams ? openStreams(policy) : open(policy);
  }

  /** What a stack would have had follow the changes of others. */
  private static final class NoThread implements CoherenceThread {
    private final AtomicInteger closed = new AtomicInteger();

    @Override
    public Executor worker() {
      return task -> {};
    }

    @Override
    public Executor walker() {
      return task -> {};
    }

    @Override
    public LongSupplier nanoClock() {
      return () -> 0;
    }

    @Override
    public void repeat(Runnable task, Duration pause) {
      throw new IllegalStateException("no thread in the test");
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @Test
  void i10_aStackThatCannotFollowOthersListensNoMore() {
    SharedMemory shared = new SharedMemory(fixture.clock, 2);
    SharedMemory.Node node = shared.node();
    NoThread thread = new NoThread();
    assertThatThrownBy(
            () ->
                new TieredStack<>(
                    null,
                    new ByteTiers(List.of(node)),
                    fixture.keys,
                    fixture.values,
                    fixture.clock,
                    value -> true,
                    fixture.listener,
                    String.class,
                    PromotionPolicy.ALWAYS,
                    Sharing.by(CoherenceSettings.DEFAULTS, () -> thread, change -> {})))
        .hasMessage("no thread in the test");
    assertThat(thread.closed).hasValue(1);
    assertThat(node.isHeard()).isFalse();
  }
}
