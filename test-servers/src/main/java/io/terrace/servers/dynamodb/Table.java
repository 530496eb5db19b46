package io.terrace.servers.dynamodb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A table and its items. Not thread safe. */
final class Table {
  private final Request definition;
  private final KeySchema schema;
  private final long activeAtNanos;
  private final NavigableMap<Key, Item> items = new TreeMap<>();
  private @Nullable String timeToLive;

  /**
   * @param definition the parameters of CreateTable
   * @param activeAtNanos when it can be used, by {@link System#nanoTime()}
   */
  Table(Request definition, long activeAtNanos) {
    this.definition = definition;
    this.schema = KeySchema.of(definition);
    this.activeAtNanos = activeAtNanos;
  }

  String name() {
    return definition.text("TableName");
  }

  KeySchema schema() {
    return schema;
  }

  NavigableMap<Key, Item> items() {
    return items;
  }

  /** The attribute with the time of expiry, or null. */
  @Nullable String timeToLive() {
    return timeToLive;
  }

  void timeToLive(@Nullable String attribute) {
    timeToLive = attribute;
  }

  boolean isActive() {
    return System.nanoTime() - activeAtNanos >= 0;
  }

  Map<String, Object> describe() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("TableName", name());
    json.put("TableStatus", isActive() ? "ACTIVE" : "CREATING");
    json.put("TableArn", "arn:aws:dynamodb:local:000000000000:table/" + name());
    for (String copied : List.of("AttributeDefinitions", "KeySchema")) {
      json.put(copied, definition.toJson().getOrDefault(copied, List.of()));
    }
    json.put("BillingModeSummary", Map.of("BillingMode", definition.text("BillingMode")));
    json.put("ItemCount", items.size());
    json.put("TableSizeBytes", items.values().stream().mapToLong(Item::itemSize).sum());
    return json;
  }
}
