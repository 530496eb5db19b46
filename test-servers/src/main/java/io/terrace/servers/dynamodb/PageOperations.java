package io.terrace.servers.dynamodb;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/** Query and Scan. */
final class PageOperations {
  private static final String FILTER = "FilterExpression";
  private static final Set<String> PAGE =
      Set.of(
          "TableName",
          "ConsistentRead",
          "ExclusiveStartKey",
          "Limit",
          "Select",
          FILTER,
          "ProjectionExpression",
          "ExpressionAttributeNames",
          "ExpressionAttributeValues");
  private static final Set<String> SCAN = with(PAGE, "Segment", "TotalSegments");
  private static final Set<String> QUERY = with(PAGE, "KeyConditionExpression", "ScanIndexForward");

  private final Database database;

  PageOperations(Database database) {
    this.database = database;
  }

  Map<String, Object> query(Request request) {
    Table table = database.activeTable(request.only(QUERY).text("TableName"));
    Placeholders placeholders = new Placeholders(request);
    KeyCondition condition =
        KeyCondition.parse(request.text("KeyConditionExpression"), placeholders, table.schema());
    NavigableMap<Key, Item> items = condition.partition(table.items());
    boolean forward = request.flag("ScanIndexForward", true);
    Condition filter =
        request.has(FILTER)
            ? ConditionParser.parseFilter(request.text(FILTER), placeholders, table.schema())
            : null;
    return new Page(request, filter, placeholders, table.schema())
        .fill(after(forward ? items : items.descendingMap(), table, request), condition::holds)
        .toJson();
  }

  Map<String, Object> scan(Request request) {
    Table table = database.activeTable(request.only(SCAN).text("TableName"));
    int segments = request.number("TotalSegments", 1);
    int segment = request.number("Segment", 0);
    if (segments < 1 || segment < 0 || segment >= segments) {
      throw ServiceException.validation("No segment " + segment + " of " + segments);
    }
    Placeholders placeholders = new Placeholders(request);
    Condition filter =
        request.has(FILTER) ? ConditionParser.parse(request.text(FILTER), placeholders) : null;
    return new Page(request, filter, placeholders, table.schema())
        .fill(
            after(table.items(), table, request),
            key -> Math.floorMod(key.hash().hashCode(), segments) == segment)
        .toJson();
  }

  private static NavigableMap<Key, Item> after(
      NavigableMap<Key, Item> items, Table table, Request request) {
    if (!request.has("ExclusiveStartKey")) {
      return items;
    }
    Key start = table.schema().alone(request.item("ExclusiveStartKey"));
    try {
      return items.tailMap(start, false);
    } catch (IllegalArgumentException e) {
      throw ServiceException.validation("The provided starting key is outside query boundaries");
    }
  }

  private static Set<String> with(Set<String> some, String... more) {
    Set<String> all = new HashSet<>(some);
    all.addAll(List.of(more));
    return Set.copyOf(all);
  }
}
