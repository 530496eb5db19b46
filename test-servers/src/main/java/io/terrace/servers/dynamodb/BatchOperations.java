package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** BatchGetItem and BatchWriteItem. */
final class BatchOperations {
  private static final int MAX_KEYS = 100;
  private static final int MAX_WRITES = 25;
  private static final int MAX_RESPONSE_BYTES = 16 << 20;
  private static final Set<String> BATCH = Set.of("RequestItems");
  private static final Set<String> KEYS =
      Set.of("Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames");

  private final Database database;
  private final WritePlanner planner;

  BatchOperations(Database database, WritePlanner planner) {
    this.database = database;
    this.planner = planner;
  }

  Map<String, Object> get(Request request) {
    Request tables = request.only(BATCH).object("RequestItems");
    requireCount(count(tables, "Keys"), MAX_KEYS);
    Map<String, Object> responses = new LinkedHashMap<>();
    Map<String, Object> unprocessed = new LinkedHashMap<>();
    int size = 0;
    for (String name : tables.names()) {
      TableRead read = new TableRead(name, tables.object(name).only(KEYS), size);
      size = read.size;
      responses.put(name, read.found);
      if (!read.left.isEmpty()) {
        Map<String, Object> again = new LinkedHashMap<>(tables.map(name));
        again.put("Keys", read.left);
        unprocessed.put(name, again);
      }
    }
    return Map.of("Responses", responses, "UnprocessedKeys", unprocessed);
  }

  /** What of one table goes into the response. */
  private final class TableRead {
    private final List<Object> found = new ArrayList<>();
    private final List<Object> left = new ArrayList<>();
    private int size;

    TableRead(String name, Request request, int sizeBefore) {
      size = sizeBefore;
      Table table = database.activeTable(name);
      Placeholders placeholders = new Placeholders(request);
      Projection projection = ItemOperations.projection(request, placeholders);
      placeholders.requireAllUsed();
      Set<Key> keys = new HashSet<>();
      for (Request json : request.objects("Keys")) {
        Key key = table.schema().alone(AttributeReader.item(json.toJson()));
        requireNew(keys.add(key));
        read(table.items().get(key), json, projection);
      }
    }

    private void read(@Nullable Item item, Request key, Projection projection) {
      if (item == null) {
        return;
      }
      if (size + item.itemSize() > MAX_RESPONSE_BYTES) {
        left.add(key.toJson());
      } else {
        size += item.itemSize();
        found.add(projection.of(item).content());
      }
    }
  }

  Map<String, Object> write(Request request) {
    Request tables = request.only(BATCH).object("RequestItems");
    List<Write> writes = new ArrayList<>();
    for (String name : tables.names()) {
      Set<Key> keys = new HashSet<>();
      for (Request one : tables.objects(name)) {
        Write write = planned(name, one);
        requireNew(keys.add(write.key()));
        writes.add(write);
      }
    }
    requireCount(writes.size(), MAX_WRITES);
    for (Write write : writes) {
      Change change = write.change();
      database.commit(change == null ? List.of() : List.of(change));
    }
    return Map.of("UnprocessedItems", Map.of());
  }

  private Write planned(String table, Request one) {
    one.only(Set.of("PutRequest", "DeleteRequest"));
    boolean put = one.has("PutRequest");
    Map<String, Object> parameters =
        new LinkedHashMap<>(one.map(put ? "PutRequest" : "DeleteRequest"));
    parameters.put("TableName", table);
    Request request = new Request(parameters).only(Set.of("TableName", put ? "Item" : "Key"));
    return put ? planner.put(request) : planner.delete(request);
  }

  private static int count(Request tables, String list) {
    return tables.names().stream().mapToInt(name -> tables.object(name).objects(list).size()).sum();
  }

  private static void requireCount(int count, int max) {
    if (count < 1 || count > max) {
      throw ServiceException.validation(
          "Too many items requested for the call, or none: " + count + ", the most are " + max);
    }
  }

  private static void requireNew(boolean isNew) {
    if (!isNew) {
      throw ServiceException.validation("Provided list of item keys contains duplicates");
    }
  }
}
