package io.terrace;

import javax.cache.CacheException;

/** No tier that could answer did. Names the tier and the operation; nothing was changed. */
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
