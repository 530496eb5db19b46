package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.RedisServer;
import java.util.ArrayList;
import java.util.List;
import javax.cache.processor.EntryProcessor;
import org.junit.jupiter.api.Test;

/** Processes that change one entry of a real Redis all at once. */
class I8ContentionTest {
  private static final int NODES = 4;
  private static final int THREADS = 2 * NODES;
  private static final int EACH = 40;

  private static final EntryProcessor<String, Integer, Integer> INCREMENT =
      (entry, arguments) -> {
        int next = entry.exists() ? entry.getValue() + 1 : 1;
        entry.setValue(next);
        return next;
      };

  /**
   * If it were wrong, increments would be lost, or the threads would refuse one another for ever.
   */
  @Test
  void i8_everyIncrementCounts() throws Exception {
    try (RedisServer server = RedisServer.start();
        RedisNodes nodes = new RedisNodes(server)) {
      List<TerraceCache<String, Integer>> caches = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        caches.add(nodes.node(CacheFixture.of(String.class, Integer.class)));
      }
      Hammer.run(
          THREADS,
          thread -> {
            TerraceCache<String, Integer> cache = caches.get(thread % NODES);
            for (int i = 0; i < EACH; i++) {
              int unused = cache.invoke("counter", INCREMENT);
            }
          });
      int last = caches.get(0).invoke("counter", INCREMENT);
      assertThat(last).isEqualTo(THREADS * EACH + 1);
    }
  }
}
