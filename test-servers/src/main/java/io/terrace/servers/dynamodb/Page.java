package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One page of a query or scan. It ends at the limit of items, or when what was read reaches 1 MB,
 * filtered out or not; who gets a last key has to ask again, though there may be no more.
 */
final class Page {
  private static final int MAX_BYTES = 1 << 20;

  private final KeySchema schema;
  private final @Nullable Condition filter;
  private final Projection projection;
  private final boolean countOnly;
  private final int limit;
  private final List<Object> found = new ArrayList<>();
  private int foundCount;
  private int scannedCount;
  private int bytes;
  private @Nullable Key last;

  /**
   * @param filter what is wanted of what is read, or null for all of it
   */
  Page(Request request, @Nullable Condition filter, Placeholders placeholders, KeySchema schema) {
    this.schema = schema;
    this.filter = filter;
    projection = ItemOperations.projection(request, placeholders);
    placeholders.requireAllUsed();
    countOnly = request.text("Select", "ALL_ATTRIBUTES").equals("COUNT");
    limit = request.number("Limit", Integer.MAX_VALUE);
    if (limit < 1) {
      throw ServiceException.validation("Limit must be at least 1");
    }
  }

  Page fill(NavigableMap<Key, Item> items, Predicate<Key> wanted) {
    for (Map.Entry<Key, Item> entry : items.entrySet()) {
      if (wanted.test(entry.getKey())) {
        add(entry.getValue());
        if (scannedCount == limit || bytes >= MAX_BYTES) {
          last = entry.getKey();
          return this;
        }
      }
    }
    return this;
  }

  private void add(Item item) {
    scannedCount++;
    bytes += item.itemSize();
    if (filter == null || filter.holds(item)) {
      foundCount++;
      found.add(projection.of(item).content());
    }
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!countOnly) {
      json.put("Items", found);
    }
    json.put("Count", foundCount);
    json.put("ScannedCount", scannedCount);
    if (last != null) {
      json.put("LastEvaluatedKey", schema.toItem(last).content());
    }
    return json;
  }
}
