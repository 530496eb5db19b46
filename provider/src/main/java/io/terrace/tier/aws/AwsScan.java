package io.terrace.tier.aws;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderCursor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Walks the headers of a cache, a page of one partition at a time. */
final class AwsScan implements HeaderCursor {
  private final AwsStore store;
  private final ArrayDeque<EntryHeader> ready = new ArrayDeque<>();
  private int partition;
  private Map<String, AttributeValue> after = Map.of();
  private boolean closed;

  AwsScan(AwsStore store) throws IOException {
    this.store = store;
    store.requireOpen();
  }

  @Override
  public @Nullable EntryHeader next() throws IOException {
    while (!closed && ready.isEmpty()) {
      if (partition == store.keys().partitions()) {
        closed = true;
      } else {
        readPage();
      }
    }
    return closed ? null : ready.poll();
  }

  private void readPage() throws IOException {
    store.makeReady();
    Table.Page page =
        store.table().query(store.keys().partition(partition), null, Attributes.HEAD, after);
    for (Map<String, AttributeValue> raw : page.items()) {
      EntryHeader header = store.items().found(raw).header();
      EntryHeader seen = header == null ? null : store.epochs().seen(header);
      if (seen != null) {
        ready.add(seen);
      }
    }
    after = page.last();
    if (after.isEmpty()) {
      partition++;
    }
  }

  @Override
  public void close() {
    closed = true;
    ready.clear();
  }
}
