package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Turns values into bytes and back, for the tiers below the heap. Thread safe; must not block. A
 * user may name one per cache; without, byte arrays and strings are stored as they are and other
 * values by Java serialization behind the allow-list {@code terrace.serialization.allow}.
 *
 * <p>What {@link #decode} receives is untrusted: whatever is wrong with it must end in an {@link
 * IOException}, upon which the entry is purged as CORRUPTION and counts as a miss; except for a
 * {@link RefusedClassException}, which reaches the caller and leaves the entry alone. A codec
 * should bound what it allocates by the bytes it was given, and refuse on encoding what it would
 * refuse on decoding.
 */
public interface Codec<T> {

  /**
   * Identifies the codec beside every body it wrote; a body with another id is not decoded. Terrace
   * uses 1 to 999; a user's codec takes 1000 or more and a new one when its format changes.
   */
  int id();

  /**
   * Encodes a value; the caller only reads the bytes, and only while nobody changes the value, so
   * they may be the value's own.
   *
   * @throws IOException if the value cannot be encoded; the message names the class and what to do
   */
  byte[] encode(T value) throws IOException;

  /** Decodes a value from all remaining bytes, which belong to the caller and may be reused. */
  T decode(ByteBuffer bytes) throws IOException;
}
