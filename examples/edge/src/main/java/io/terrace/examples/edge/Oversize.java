package io.terrace.examples.edge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Remembers keys whose response, of a length nobody announced, turned out to be too large for the
 * cache: such are served past it, since a write that is given up cuts off its readers. Bounded and
 * thread safe.
 */
final class Oversize {
  private static final int MAX_KEYS = 1000;

  private final Set<String> keys =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > MAX_KEYS;
                }
              }));

  void add(String key) {
    keys.add(key);
  }

  boolean contains(String key) {
    return keys.contains(key);
  }
}
