package io.terrace.tier.heap;

import io.terrace.tier.EntryHeader;
import org.jspecify.annotations.Nullable;

/**
 * What a key of a heap tier for bytes holds. Immutable; told apart by identity. Whoever takes it
 * out of the map gives back what it counts, once: the body's ownership and its own bytes.
 */
final class StoredEntry {
  private final EntryHeader header;
  private final ChunkedBody body;
  private final long ownBytes;
  private final long weightBytes;
  private final @Nullable Stay stay;

  /**
   * @param body complete, and retained for this entry
   * @param ownBytes what it counts beside the body
   * @param stay how long it stays at most, or null for as long as it lives
   */
  StoredEntry(EntryHeader header, ChunkedBody body, long ownBytes, @Nullable Stay stay) {
    this.header = header;
    this.body = body;
    this.ownBytes = ownBytes;
    this.weightBytes = ownBytes + body.costBytes();
    this.stay = stay;
  }

  /** The same entry under another header. */
  StoredEntry with(EntryHeader newHeader, long newOwnBytes) {
    return new StoredEntry(newHeader, body, newOwnBytes, stay);
  }

  /** As it was written; what is to be seen of it is for the tier to say. */
  EntryHeader header() {
    return header;
  }

  ChunkedBody body() {
    return body;
  }

  long ownBytes() {
    return ownBytes;
  }

  @Nullable Stay stay() {
    return stay;
  }

  /** All that it counts. */
  long weightBytes() {
    return weightBytes;
  }
}
