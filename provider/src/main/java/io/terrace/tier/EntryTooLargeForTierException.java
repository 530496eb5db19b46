package io.terrace.tier;

import java.io.IOException;

/** The entry is over the limit of one tier. */
public class EntryTooLargeForTierException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long sizeBytes;
  private final long limitBytes;

  public EntryTooLargeForTierException(String tier, long sizeBytes, long limitBytes) {
    super("an entry of " + sizeBytes + " bytes is over the limit of " + limitBytes + " of " + tier);
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  public long limitBytes() {
    return limitBytes;
  }
}
