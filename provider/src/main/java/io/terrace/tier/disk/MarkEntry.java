package io.terrace.tier.disk;

import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.nio.charset.StandardCharsets;

/**
 * The mark of a {@link io.terrace.tier.DurableTier}, as an entry of the log like any other: so it
 * is written, found again and lost together with the entries around it. Its hash is not the one its
 * key would have, so that no user's key is this one. Walks pass it over, and it is not counted.
 */
final class MarkEntry {
  static final int MAX_BYTES = 64 << 10;

  private static final EntryKey KEY =
      new EntryKey(
          "terrace mark".getBytes(StandardCharsets.US_ASCII),
          0x7465_7272_6163_6520L,
          0x6d61_726b_2020_2020L);

  private MarkEntry() {}

  static EntryKey key() {
    return KEY;
  }

  static boolean is(EntryKey key) {
    return key.equals(KEY);
  }

  static EntryHeader header(long nowMillis) {
    return EntryHeader.of(KEY, nowMillis, EntryHeader.NEVER, 0, Metadata.NONE);
  }
}
