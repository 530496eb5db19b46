package io.terrace;

import java.io.InvalidClassException;

/**
 * A class that may not be made from stored bytes, as it is not on the allow-list. The bytes may
 * well be right: whoever reads them is told, and the entry stays until the list admits the class. A
 * user's {@link Codec} may throw it as well.
 */
public class RefusedClassException extends InvalidClassException {
  private static final long serialVersionUID = 1L;

  /**
   * @param className the binary name of the class
   * @param setting the configuration key that would admit it
   */
  public RefusedClassException(String className, String setting) {
    super(className, "not on the allow-list of serialization: add it or its package to " + setting);
  }
}
