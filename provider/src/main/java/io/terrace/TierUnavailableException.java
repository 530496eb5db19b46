package io.terrace;

import javax.cache.CacheException;

/**
 * No tier that could answer did. Names the tier and the operation. Nothing was changed, unless the
 * tier failed at the very end of a change, such as when it forced the bytes to the device: then the
 * next reads say which of the two values holds, and never go back behind it in this process. Where
 * a {@code CacheWriter} had succeeded, the cache tries to let go of the key.
 */
public class TierUnavailableException extends CacheException {
  private static final long serialVersionUID = 1L;

  private final String tier;
  private final String operation;

  public TierUnavailableException(String tier, String operation, Throwable cause) {
    super("tier '" + tier + "' could not " + operation + ": " + cause.getMessage(), cause);
    this.tier = tier;
    this.operation = operation;
  }

  /** The tier that could not answer, as the configuration names it. */
  public String tier() {
    return tier;
  }

  /** What it was asked to do. */
  public String operation() {
    return operation;
  }
}
