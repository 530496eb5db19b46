package io.terrace.tier;

import java.io.IOException;

/** The entry is over the limit of one tier. */
public class EntryTooLargeForTierException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long sizeBytes;
  private final long limitBytes;

  private final Part part;

  /** What is too large. */
  public enum Part {
    /** The value, or all of the entry: a setting of the tier says how large it may be. */
    ENTRY,
    /** The key with the metadata: what a tier has room for is fixed. */
    KEY_AND_METADATA
  }

  public EntryTooLargeForTierException(String tier, long sizeBytes, long limitBytes) {
    this(tier, sizeBytes, limitBytes, Part.ENTRY);
  }

  public EntryTooLargeForTierException(String tier, long sizeBytes, long limitBytes, Part part) {
    super(
        (part == Part.ENTRY ? "an entry of " : "a key with metadata of ")
            + sizeBytes
            + " bytes is over the limit of "
            + limitBytes
            + " of "
            + tier);
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
    this.part = part;
  }

  public Part part() {
    return part;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  public long limitBytes() {
    return limitBytes;
  }
}
