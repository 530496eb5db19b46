package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.jcache.CacheFixture.On;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Deadlines move when the policy says so and never otherwise; constant policies are no exception.
 */
class ExpiryTest {
  private static final Duration TEN = new Duration(TimeUnit.MILLISECONDS, 10);

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private Cache<Integer, String> cache(On stack, ExpiryPolicy policy) {
    return fixture.cache(stack, configuration(policy));
  }

  private static MutableConfiguration<Integer, String> configuration(ExpiryPolicy policy) {
    return CacheFixture.of(Integer.class, String.class)
        .setExpiryPolicyFactory(CacheFixture.always(policy));
  }

  private void pass(long millis) {
    fixture.now.addAndGet(millis);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void createdCountsFromTheCreationWhateverFollows(On stack) {
    Cache<Integer, String> cache = cache(stack, new CreatedExpiryPolicy(TEN));
    cache.put(1, "a");
    pass(6);
    cache.put(1, "b");
    cache.replace(1, "c");
    assertThat(cache.get(1)).isEqualTo("c");
    pass(3);
    assertThat(cache.get(1)).isEqualTo("c");
    pass(1);
    assertThat(cache.get(1)).isNull();
    cache.put(1, "d");
    pass(9);
    assertThat(cache.get(1)).isEqualTo("d");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void modifiedCountsFromTheLastChange(On stack) {
    Cache<Integer, String> cache = cache(stack, new ModifiedExpiryPolicy(TEN));
    cache.put(1, "a");
    pass(6);
    cache.put(1, "b");
    pass(6);
    assertThat(cache.get(1)).isEqualTo("b");
    cache.invoke(
        1,
        (entry, arguments) -> {
          entry.setValue("c");
          return null;
        });
    pass(9);
    assertThat(cache.get(1)).isEqualTo("c");
    pass(1);
    assertThat(cache.containsKey(1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void accessedCountsFromTheLastReadOfAnyKind(On stack) {
    Cache<Integer, String> cache = cache(stack, new AccessedExpiryPolicy(TEN));
    cache.put(1, "a");
    for (int i = 0; i < 3; i++) {
      pass(6);
      assertThat(cache.get(1)).isEqualTo("a");
      pass(6);
      assertThat(cache.iterator().next().getValue()).isEqualTo("a");
      pass(6);
      assertThat(cache.replace(1, "another", "b")).isFalse();
      pass(6);
      cache.invoke(1, (entry, arguments) -> entry.getValue());
      assertThat(cache.containsKey(1)).isTrue();
    }
    pass(6);
    cache.put(1, "b"); // no read
    pass(4);
    assertThat(cache.containsKey(1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void touchedCountsFromTheLastUseOfAnyKind(On stack) {
    Cache<Integer, String> cache = cache(stack, new TouchedExpiryPolicy(TEN));
    cache.put(1, "a");
    pass(6);
    cache.put(1, "b");
    pass(6);
    assertThat(cache.get(1)).isEqualTo("b");
    pass(6);
    assertThat(cache.get(1)).isEqualTo("b");
    pass(10);
    assertThat(cache.get(1)).isNull();
  }

  /** Says what the test wants it to, and fails if told so. */
  private static final class Told implements ExpiryPolicy {
    @Nullable Duration creation = Duration.ETERNAL;
    @Nullable Duration access;
    @Nullable Duration update;
    boolean failing;

    @Override
    public Duration getExpiryForCreation() {
      return answer(creation);
    }

    @Override
    public Duration getExpiryForAccess() {
      return answer(access);
    }

    @Override
    public Duration getExpiryForUpdate() {
      return answer(update);
    }

    private @Nullable Duration answer(@Nullable Duration duration) {
      if (failing) {
        throw new IllegalStateException("no");
      }
      return duration;
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aPolicyThatFailsCostsNoEntry(On stack) {
    Told told = new Told();
    Cache<Integer, String> cache = cache(stack, told);
    told.creation = TEN;
    cache.put(1, "a");
    told.failing = true;
    cache.put(2, "b");
    cache.put(1, "c");
    assertThat(cache.get(1)).isEqualTo("c");
    pass(10);
    assertThat(cache.containsKey(1)).isFalse();
    assertThat(cache.get(2)).isEqualTo("b");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void zeroEndsAnEntryWithTheVeryOperation(On stack) {
    RecordingListener<Integer, String> listener = new RecordingListener<>();
    Told told = new Told();
    Cache<Integer, String> cache =
        fixture.cache(
            stack,
            configuration(told)
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(listener), null, true, true)));
    told.creation = Duration.ZERO;
    cache.put(1, "never");
    assertThat(cache.putIfAbsent(1, "never")).isFalse();
    assertThat(cache.containsKey(1)).isFalse();
    told.creation = Duration.ETERNAL;
    cache.put(1, "a");
    told.update = Duration.ZERO;
    cache.put(1, "b");
    assertThat(cache.containsKey(1)).isFalse();
    cache.put(1, "c");
    told.access = Duration.ZERO;
    assertThat(cache.get(1)).isEqualTo("c");
    assertThat(cache.get(1)).isNull();
    assertThat(listener.of(1))
        .hasToString(
            "[CREATED null -> a, UPDATED a -> b, EXPIRED b -> b,"
                + " CREATED null -> c, EXPIRED c -> c]");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLifeLongerThanTimeIsEternal(On stack) {
    Duration ages = new Duration(TimeUnit.DAYS, Long.MAX_VALUE);
    Cache<Integer, String> cache = cache(stack, new ModifiedExpiryPolicy(ages));
    cache.put(1, "a");
    pass(Long.MAX_VALUE / 2);
    assertThat(cache.get(1)).isEqualTo("a");
  }
}
