package io.terrace.benchmarks.redis;

/** A way to Redis that the redis suite measures. */
public enum RedisPeer {
  /** {@code [redis]} alone, without a heap above it. */
  TERRACE("Terrace"),
  /** GET, SET and MGET of the client that Terrace uses, out of its pool of 8 connections. */
  JEDIS("raw pooled Jedis"),
  /** Redisson's JCache without a local cache, over 8 connections. */
  REDISSON("Redisson JCache");

  private final String label;

  RedisPeer(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }
}
