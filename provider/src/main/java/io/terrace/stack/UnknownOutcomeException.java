package io.terrace.stack;

import io.terrace.TierUnavailableException;
import java.io.IOException;

/** The authority failed at a point where the change may have been made or not. */
final class UnknownOutcomeException extends TierUnavailableException {
  private static final long serialVersionUID = 1L;

  UnknownOutcomeException(String tier, String operation, IOException cause) {
    super(tier, operation, cause);
  }
}
