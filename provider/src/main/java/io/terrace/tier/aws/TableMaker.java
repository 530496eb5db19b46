package io.terrace.tier.aws;

import java.io.IOException;

/** What to do where the table is not there. Thread safe; blocks for DynamoDB. */
@FunctionalInterface
interface TableMaker {
  /**
   * Makes it.
   *
   * @throws IOException {@code absent} if it is not to be made, or why it cannot be
   */
  void make(CallFailedException absent) throws IOException;

  /** A request for items of the table. */
  @FunctionalInterface
  interface Request<T> {
    T send() throws IOException;
  }

  /** Sends a request, and once more if it first has to make the table. */
  default <T> T orMake(Request<T> request) throws IOException {
    try {
      return request.send();
    } catch (CallFailedException e) {
      if (e.kind() != CallFailedException.Kind.NO_TABLE) {
        throw e;
      }
      make(e);
      return request.send();
    }
  }
}
