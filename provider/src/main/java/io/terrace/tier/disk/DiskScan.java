package io.terrace.tier.disk;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks the index segment by segment and reads the header of each entry, never its body. Holds the
 * places of one segment's entries at a time.
 */
final class DiskScan implements HeaderCursor {
  private final IndexedLog indexed;
  private long[] slots = new long[0];
  private int at;
  private int nextSegment;
  private boolean closed;

  DiskScan(IndexedLog indexed) {
    this.indexed = indexed;
  }

  @Override
  public @Nullable EntryHeader next() throws IOException {
    while (!closed) {
      indexed.log().requireOpen();
      if (at < slots.length) {
        EntryHeader header = header(slots[at + IndexSegment.HIGH], slots[at + IndexSegment.LOW]);
        at += IndexSegment.SLOT_LONGS;
        if (header != null && !MarkEntry.is(header.key())) {
          return header;
        }
      } else if (nextSegment < indexed.index().segments()) {
        slots = indexed.index().copyOfSegment(nextSegment++);
        at = 0;
      } else {
        return null;
      }
    }
    return null;
  }

  private @Nullable EntryHeader header(long high, long low) throws IOException {
    PurgedTags tags = indexed.tags();
    long forgotten = tags.forgotten();
    IndexEntry entry = indexed.index().find(high, low);
    while (entry != null) {
      IndexEntry met = entry;
      Region region = indexed.log().regions().pin(Location.region(met.location()));
      if (region == null) {
        indexed.log().requireOpen();
        IndexEntry again = indexed.index().find(high, low);
        if (again != null && again.location() == entry.location()) {
          indexed.purgeDamaged(null, high, low, entry.location());
          return null;
        }
        entry = again;
        continue;
      }
      try (LoadedRecord prefix =
          LoadedRecord.prefix(indexed.log(), indexed.pool(), region, entry, high, low)) {
        EntryHeader seen = tags.seen(prefix.entryHeader(prefix.key()));
        if (forgotten == tags.forgotten()) {
          return seen;
        }
        forgotten = tags.forgotten(); // of a purge that could have hidden the entry
        entry = indexed.index().find(high, low);
      } catch (DamagedException e) {
        indexed.log().requireOpen();
        indexed.purgeDamaged(null, high, low, met.location());
        return null;
      } finally {
        region.unpin();
      }
    }
    return null;
  }

  @Override
  public void close() {
    closed = true;
    slots = new long[0];
    at = 0;
  }
}
