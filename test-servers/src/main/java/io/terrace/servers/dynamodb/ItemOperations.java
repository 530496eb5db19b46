package io.terrace.servers.dynamodb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** GetItem, PutItem, UpdateItem and DeleteItem. */
final class ItemOperations {
  private static final Set<String> GET =
      Set.of(
          "TableName", "Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames");

  private final Database database;
  private final WritePlanner planner;

  ItemOperations(Database database, WritePlanner planner) {
    this.database = database;
    this.planner = planner;
  }

  Map<String, Object> get(Request request) {
    Item item = found(database, request.only(GET));
    return item == null ? Map.of() : Map.of("Item", item.content());
  }

  Map<String, Object> put(Request request) {
    return written(planner.put(onlyOld(request)), request);
  }

  Map<String, Object> update(Request request) {
    return written(planner.update(request), request);
  }

  Map<String, Object> delete(Request request) {
    return written(planner.delete(onlyOld(request)), request);
  }

  private static Request onlyOld(Request request) {
    String returned = request.text("ReturnValues", "NONE");
    if (!returned.equals("NONE") && !returned.equals("ALL_OLD")) {
      throw ServiceException.validation("ReturnValues can only be ALL_OLD or NONE");
    }
    return request;
  }

  /** What a Get asks for, here or in a transaction. */
  static @Nullable Item found(Database database, Request request) {
    Table table = database.activeTable(request.text("TableName"));
    Placeholders placeholders = new Placeholders(request);
    Projection projection = projection(request, placeholders);
    placeholders.requireAllUsed();
    Item item = table.items().get(table.schema().alone(request.item("Key")));
    return item == null ? null : projection.of(item);
  }

  static Projection projection(Request request, Placeholders placeholders) {
    return request.has("ProjectionExpression")
        ? Projection.parse(request.text("ProjectionExpression"), placeholders)
        : Projection.ALL;
  }

  private Map<String, Object> written(Write write, Request request) {
    Item reported = write.reported(request.text("ReturnValues", "NONE"));
    Change change = write.change();
    database.commit(change == null ? List.of() : List.of(change));
    Map<String, Object> response = new LinkedHashMap<>();
    if (reported != null && !reported.attributes().isEmpty()) {
      response.put("Attributes", reported.content());
    }
    return response;
  }
}
