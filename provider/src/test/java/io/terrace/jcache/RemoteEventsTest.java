package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceStatistics;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.RemoteEntryListener;
import io.terrace.UpdateMetadata;
import io.terrace.jcache.RecordingListener.Heard;
import io.terrace.servers.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a process hears of the changes of another, through a real Redis. */
class RemoteEventsTest {
  private static RedisServer server;

  private RedisNodes nodes;
  private TerraceCache<Integer, String> one;
  private TerraceCache<Integer, String> two;

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() throws Exception {
    nodes = new RedisNodes(server);
    MutableConfiguration<Integer, String> configuration =
        CacheFixture.of(Integer.class, String.class);
    one = nodes.node(configuration);
    two = nodes.node(configuration);
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  /** Hears this process and the others. */
  private static final class Everywhere extends RecordingListener<Integer, String>
      implements RemoteEntryListener<Integer, String> {}

  private static void listen(
      TerraceCache<Integer, String> cache,
      CacheEntryListener<Integer, String> listener,
      @Nullable CacheEntryEventFilter<Integer, String> filter) {
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(
            CacheFixture.always(listener),
            filter == null ? null : CacheFixture.always(filter),
            true,
            true));
  }

  private static Heard<String> heard(EventType type, @Nullable String value) {
    return new Heard<>(type, value, null);
  }

  @Test
  void hearsWhatOthersChange() throws Exception {
    Everywhere listener = new Everywhere();
    RecordingListener<Integer, String> here = new RecordingListener<>();
    listen(two, listener, null);
    listen(two, here, null);
    one.put(1, "a");
    CacheFixture.await(() -> listener.of(1).size() == 1);
    assertThat(two.get(1)).isEqualTo("a"); // the copies follow before the listener hears
    one.put(1, "b");
    CacheFixture.await(() -> listener.of(1).size() == 2);
    one.remove(1);
    CacheFixture.await(() -> listener.of(1).size() == 3);
    assertThat(listener.of(1))
        .containsExactly(
            heard(EventType.CREATED, "a"),
            heard(EventType.UPDATED, "b"),
            heard(EventType.REMOVED, null));
    assertThat(here.count()).isZero();
  }

  /** What is not told is known not to come, since something that came after it did. */
  @Test
  void hearsNothingTwiceNorOfFillsOrMetadata() throws Exception {
    Everywhere listener = new Everywhere();
    listen(two, listener, null);
    two.put(1, "own");
    one.put(2, "a");
    one.invoke(
        2, new UpdateMetadata<>(MetadataUpdate.of(new Metadata(null, Set.of("red"), Map.of()))));
    one.purgeTag("red", PurgeMode.HARD);
    one.put(2, "b");
    CacheFixture.await(() -> listener.of(2).size() == 2);
    assertThat(listener.of(1)).containsExactly(heard(EventType.CREATED, "own"));
    assertThat(listener.of(2).get(1).value()).isEqualTo("b");
  }

  @Test
  void filtersApplyAndListenersAreDeregistered() throws Exception {
    Everywhere all = new Everywhere();
    Everywhere some = new Everywhere();
    listen(two, all, null);
    listen(two, some, event -> event.getKey() != 1);
    one.put(1, "a");
    one.put(2, "b");
    CacheFixture.await(() -> all.count() == 2 && some.count() == 1);
    assertThat(some.of(2)).containsExactly(heard(EventType.CREATED, "b"));
  }

  /** Holds the worker in the first event until the entry is gone. */
  private static final class Late
      implements CacheEntryCreatedListener<Integer, String>, RemoteEntryListener<Integer, String> {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final List<Heard<String>> heard = new CopyOnWriteArrayList<>();

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends Integer, ? extends String>> events) {
      begun.countDown();
      try {
        if (!goOn.await(20, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody counted down");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      for (CacheEntryEvent<? extends Integer, ? extends String> event : events) {
        assertThat(event.isOldValueAvailable()).isFalse();
        heard.add(new Heard<>(event.getEventType(), event.getValue(), event.getOldValue()));
      }
    }
  }

  /** If it were wrong, a slow listener would keep the local copies from following. */
  @Test
  void i4_aSlowListenerHoldsUpNoInvalidation() throws Exception {
    Late listener = new Late();
    listen(two, listener, null);
    one.put(1, "a");
    one.put(2, "old");
    assertThat(listener.begun.await(20, TimeUnit.SECONDS)).isTrue();
    two.get(2);
    one.put(2, "new");
    CacheFixture.await(() -> "new".equals(two.get(2)));
    one.remove(1);
    CacheFixture.await(() -> two.get(1) == null);
    listener.goOn.countDown();
    CacheFixture.await(() -> listener.heard.size() == 2);
    assertThat(listener.heard)
        .containsExactlyInAnyOrder(heard(EventType.CREATED, null), heard(EventType.CREATED, "new"));
  }

  @Test
  void hearsWhatExpiresElsewhere() throws Exception {
    Everywhere listener = new Everywhere();
    listen(two, listener, null);
    one.put(3, "a");
    CacheFixture.await(() -> listener.of(3).size() == 1);
    one.invoke(
        3, new UpdateMetadata<>(new MetadataUpdate(null, System.currentTimeMillis() + 50, null)));
    CacheFixture.await(() -> one.get(3) == null);
    one.put(4, "later");
    CacheFixture.await(() -> listener.of(4).size() == 1 && listener.of(3).size() == 2);
    assertThat(listener.of(3))
        .containsExactly(heard(EventType.CREATED, "a"), heard(EventType.EXPIRED, null));
  }

  @Test
  void statisticsTellHowCoherenceWent() throws Exception {
    CoherenceStatistics before = two.coherenceStatistics();
    assertThat(before.distrusted()).isEqualTo(64); // as the cache was opened
    one.put(1, "a");
    CacheFixture.await(
        () -> {
          CoherenceStatistics now = two.coherenceStatistics();
          // A heartbeat may be quicker than the message: then there is a gap, and soon none any
          // more.
          return now.told() > before.told() && now.gaps() == now.replayed();
        });
    assertThat(two.coherenceStatistics().silenceMillis()).isLessThan(60_000);
  }
}
