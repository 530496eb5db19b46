package io.terrace.tier.redis;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderCursor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks the headers of a cache, some keys of one server at a time. */
final class RedisScan implements HeaderCursor {
  private final KeyWalk walk;
  private final ArrayDeque<EntryHeader> ready = new ArrayDeque<>();
  private boolean closed;

  RedisScan(KeyWalk walk) {
    this.walk = walk;
  }

  @Override
  public @Nullable EntryHeader next() throws IOException {
    while (!closed && ready.isEmpty()) {
      List<EntryHeader> page = walk.nextPage();
      closed = page == null;
      ready.addAll(page == null ? List.of() : page);
    }
    return closed ? null : ready.poll();
  }

  @Override
  public void close() {
    closed = true;
    ready.clear();
  }
}
