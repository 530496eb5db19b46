package io.terrace;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the heap tier. Bounded by entries, or by bytes where {@code maxBytes} is given, in
 * which case {@code maxEntries} does not count.
 *
 * @param maxEntries the most entries it holds, at least 1
 * @param maxBytes the most bytes it holds, at least 1, or null to count entries
 * @param ttl the longest an entry stays in this tier, at least 1 ms, or null for as long as the
 *     entry lives
 */
public record HeapSettings(long maxEntries, @Nullable Long maxBytes, @Nullable Duration ttl)
    implements TierSettings {
  private static final long serialVersionUID = 1L;

  private static final String MAX_ENTRIES = "heap.max-entries";
  private static final String MAX_BYTES = "heap.max-bytes";
  private static final String TTL = "heap.ttl";

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public HeapSettings {
    Require.atLeastOne(MAX_ENTRIES, maxEntries);
    if (maxBytes != null) {
      Require.atLeastOne(MAX_BYTES, maxBytes);
    }
    if (ttl != null) {
      Require.atLeastOneMilli(TTL, ttl);
    }
  }

  @Override
  public String tier() {
    return "heap";
  }

  /** A builder with the defaults: 10,000 entries, for as long as they live. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Builds {@link HeapSettings}; a method throws {@link InvalidSettingException} for a value out of
   * range. Not thread safe.
   */
  public static final class Builder {
    private long maxEntries = 10_000;
    private @Nullable Long maxBytes;
    private @Nullable Duration ttl;

    private Builder() {}

    /** The most entries the tier holds, at least 1; 10,000 if not said. */
    public Builder maxEntries(long entries) {
      maxEntries = Require.atLeastOne(MAX_ENTRIES, entries);
      return this;
    }

    /** The most bytes the tier holds, at least 1; entries are counted if not said. */
    public Builder maxBytes(long bytes) {
      maxBytes = Require.atLeastOne(MAX_BYTES, bytes);
      return this;
    }

    /** The longest an entry stays in this tier, at least 1 ms; as long as it lives if not said. */
    public Builder ttl(Duration duration) {
      ttl = Require.atLeastOneMilli(TTL, duration);
      return this;
    }

    public HeapSettings build() {
      return new HeapSettings(maxEntries, maxBytes, ttl);
    }
  }
}
