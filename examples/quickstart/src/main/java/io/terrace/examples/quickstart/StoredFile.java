package io.terrace.examples.quickstart;

import java.io.Serial;
import java.io.Serializable;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * The value of an entry: what a file holds and what is known about it. A record with an array can
 * change, so the cache copies it by value.
 *
 * @param content the bytes of the file
 * @param modifiedAt when the file was last modified, as its file system tells
 * @param contentType its media type
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
record StoredFile(byte[] content, Instant modifiedAt, String contentType) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  long sizeBytes() {
    return content.length;
  }

  /** Whether the file still is what was stored, by size and time of modification. */
  boolean isUpToDate(BasicFileAttributes file) {
    return sizeBytes() == file.size() && modifiedAt.equals(file.lastModifiedTime().toInstant());
  }
}
