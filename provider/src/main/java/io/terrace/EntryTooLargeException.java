package io.terrace;

import javax.cache.CacheException;

/**
 * The value is larger than the authority of the cache admits. The previous value is kept, unless a
 * {@code CacheWriter} had already taken the new one: then the cache lets go of the key.
 */
public class EntryTooLargeException extends CacheException {
  private static final long serialVersionUID = 1L;

  private final long sizeBytes;
  private final long limitBytes;

  /**
   * @param tier the tier that refused
   * @param sizeBytes the size of the entry as far as it is known
   * @param limitBytes the limit it is over
   * @param setting the configuration key that would admit it
   */
  public EntryTooLargeException(String tier, long sizeBytes, long limitBytes, String setting) {
    super(
        "an entry of "
            + sizeBytes
            + " bytes is over the limit of "
            + limitBytes
            + " bytes of tier '"
            + tier
            + "': raise "
            + setting);
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }

  /**
   * The key with the metadata is too large, which no setting changes.
   *
   * @param tier the tier that refused
   * @param sizeBytes the size of both
   * @param limitBytes the limit they are over
   */
  public EntryTooLargeException(String tier, long sizeBytes, long limitBytes) {
    super(
        "a key and metadata of "
            + sizeBytes
            + " bytes are over the limit of "
            + limitBytes
            + " bytes of tier '"
            + tier
            + "', which is fixed: use a shorter key, or fewer or shorter tags and attributes");
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
