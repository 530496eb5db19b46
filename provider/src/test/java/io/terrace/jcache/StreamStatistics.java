package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.StreamValue;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The counts of one cache of streams, as the management beans tell them. */
record StreamStatistics(Cache<String, StreamValue> cache, Supplier<StreamValue> value) {
  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  private static ObjectName name(Cache<?, ?> of) throws JMException {
    String manager = of.getCacheManager().getURI().toString().replaceAll("[:=,]", ".");
    return new ObjectName(
        "javax.cache:type=CacheStatistics,CacheManager=" + manager + ",Cache=" + of.getName());
  }

  /** Hits, misses, puts and removals. */
  static String of(Cache<?, ?> cache) throws JMException {
    ObjectName name = name(cache);
    return SERVER.getAttribute(name, "CacheHits")
        + " "
        + SERVER.getAttribute(name, "CacheMisses")
        + " "
        + SERVER.getAttribute(name, "CachePuts")
        + " "
        + SERVER.getAttribute(name, "CacheRemovals");
  }

  /** Asserts what an operation counts where the cache holds the key "k" only. */
  void assertCounts(String expected, Runnable operation) throws JMException {
    cache.clear();
    cache.put("k", value.get());
    SERVER.invoke(name(cache), "clear", null, null);
    operation.run();
    assertThat(of(cache)).isEqualTo(expected);
  }
}
