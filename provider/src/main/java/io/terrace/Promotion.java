package io.terrace;

import java.io.Serializable;

/** When an entry found in one tier is copied up into another. Immutable. */
public sealed interface Promotion extends Serializable {

  /** Never. */
  record Never() implements Promotion {}

  /** When it was read to its end. */
  record OnComplete() implements Promotion {}

  /**
   * When it was read to its end, and found in the lower tier so many times lately.
   *
   * @param hits at least 1; 1 is the same as on completion
   */
  record After(int hits) implements Promotion {
    /**
     * @throws InvalidSettingException if {@code hits} is below 1
     */
    public After {
      Require.atLeastOne("promote", hits);
    }
  }

  Promotion NEVER = new Never();
  Promotion ON_COMPLETE = new OnComplete();

  static Promotion after(int hits) {
    return new After(hits);
  }
}
