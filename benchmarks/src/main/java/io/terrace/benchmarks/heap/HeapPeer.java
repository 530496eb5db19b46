package io.terrace.benchmarks.heap;

/** A cache that the heap suite measures. */
public enum HeapPeer {
  TERRACE("Terrace"),
  CACHE2K("cache2k-jcache"),
  CAFFEINE_JCACHE("Caffeine jcache"),
  EHCACHE("Ehcache"),
  /** Caffeine's own API: by reference, no JCache around it. */
  CAFFEINE("raw Caffeine"),
  /** Not a cache: the line below which nothing can go. */
  CONCURRENT_HASH_MAP("ConcurrentHashMap"),
  /**
   * A map that copies each value by Java serialization, in and out: what by value costs by hand.
   */
  SERIALIZING_MAP("Java serialization");

  private final String label;

  HeapPeer(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }
}
