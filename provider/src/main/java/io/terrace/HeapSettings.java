package io.terrace;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the heap tier. Bounded by entries, or by bytes where {@code maxBytes} is given, in
 * which case {@code maxEntries} does not count. The heap tier of a cache of {@link StreamValue}s is
 * always bounded by bytes: by 64 MiB, or a quarter of the JVM's heap if less, if nothing is said.
 *
 * @param maxEntries the most entries it holds, at least 1
 * @param maxBytes the most bytes it holds, at least 1, or null to count entries
 * @param ttl the longest an entry stays in this tier, at least 1 ms, or null for as long as the
 *     entry lives
 * @param maxEntryBytes the largest value that is admitted, from 1 to {@code maxBytes}; if null, any
 *     that fits, but of {@link StreamValue}s 1 MiB or an eighth of the bound, whichever is less
 */
public record HeapSettings(
    long maxEntries, @Nullable Long maxBytes, @Nullable Duration ttl, @Nullable Long maxEntryBytes)
    implements TierSettings {
  private static final long serialVersionUID = 1L;

  private static final String MAX_ENTRIES = "heap.max-entries";
  private static final String MAX_BYTES = "heap.max-bytes";
  private static final String TTL = "heap.ttl";
  private static final String MAX_ENTRY_SIZE = "heap.max-entry-size";

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
    if (maxEntryBytes != null) {
      Require.atLeastOne(MAX_ENTRY_SIZE, maxEntryBytes);
      if (maxBytes != null) {
        Require.atMost(MAX_ENTRY_SIZE, maxEntryBytes, MAX_BYTES, maxBytes);
      }
    }
  }

  /**
   * Settings without a bound of the single entry.
   *
   * @throws InvalidSettingException if a component is out of its range
   */
  public HeapSettings(long maxEntries, @Nullable Long maxBytes, @Nullable Duration ttl) {
    this(maxEntries, maxBytes, ttl, null);
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
    private @Nullable Long maxEntryBytes;

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

    /**
     * The largest value that is admitted, at least 1 byte. If not said, any that fits; of {@link
     * StreamValue}s 1 MiB, or an eighth of the tier if that is less.
     */
    public Builder maxEntryBytes(long bytes) {
      maxEntryBytes = Require.atLeastOne(MAX_ENTRY_SIZE, bytes);
      return this;
    }

    /**
     * @throws InvalidSettingException if an entry is larger than the tier
     */
    public HeapSettings build() {
      return new HeapSettings(maxEntries, maxBytes, ttl, maxEntryBytes);
    }
  }
}
