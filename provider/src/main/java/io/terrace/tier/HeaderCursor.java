package io.terrace.tier;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks the headers of a tier: lazy, weakly consistent, in no order, each key at most once unless
 * it is written meanwhile. Not thread safe.
 */
public interface HeaderCursor extends Closeable {

  /** The next header, or null at the end. */
  @Nullable EntryHeader next() throws IOException;

  @Override
  void close();
}
