package io.terrace.benchmarks.aws;

import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/** Terrace's {@code [aws]}. */
final class JCacheOnAws implements AwsSubject {
  private final AwsCaches caches;
  private final Cache<String, byte[]> cache;
  private final String[] keys;

  JCacheOnAws(AwsServices services, int entries) {
    caches = new AwsCaches(services);
    cache = caches.items();
    keys = new String[entries];
    for (int i = 0; i < entries; i++) {
      keys[i] = "key-" + i;
    }
  }

  @Override
  public byte @Nullable [] get(int number) {
    return cache.get(keys[number]);
  }

  @Override
  public void put(int number, byte[] body) {
    cache.put(keys[number], body);
  }

  @Override
  public void close() {
    caches.close();
  }
}
