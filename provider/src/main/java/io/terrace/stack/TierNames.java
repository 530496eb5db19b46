package io.terrace.stack;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What users may ask of tiers by name, and of keys by prefix. */
final class TierNames {
  private TierNames() {}

  /**
   * The place of a tier, 0 for the top.
   *
   * @throws IllegalArgumentException if there is no such tier
   */
  static int indexOf(List<String> names, String tier) {
    int index = names.indexOf(tier);
    if (index < 0) {
      throw new IllegalArgumentException(
          "the cache has no tier '" + tier + "', only " + String.join(", ", names));
    }
    return index;
  }

  /** Those of the names that are chosen, from the top down. */
  static List<String> inOrder(List<String> names, Collection<String> chosen) {
    List<String> ordered = new ArrayList<>(names);
    ordered.retainAll(chosen);
    return ordered;
  }

  /**
   * @throws UnsupportedOperationException if no key of the type can be a string
   */
  static void requireStrings(Class<?> keyType) {
    if (!keyType.isAssignableFrom(String.class)) {
      throw new UnsupportedOperationException(
          "only keys of type String have prefixes, not " + keyType.getName());
    }
  }

  static boolean hasPrefix(Object key, String prefix) {
    return key instanceof String text && text.startsWith(prefix);
  }
}
