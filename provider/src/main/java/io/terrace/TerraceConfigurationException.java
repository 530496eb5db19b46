package io.terrace;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a manager or of a cache cannot be used. The message has a line for every
 * problem found, each with file and line, the key, and what would be right.
 */
public class TerraceConfigurationException extends CacheException {
  private static final long serialVersionUID = 1L;

  public TerraceConfigurationException(String message) {
    super(message);
  }

  public TerraceConfigurationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
