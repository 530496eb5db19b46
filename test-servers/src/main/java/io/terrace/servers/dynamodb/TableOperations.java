package io.terrace.servers.dynamodb;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The operations on tables as a whole. */
final class TableOperations {
  private static final Set<String> NAME = Set.of("TableName");
  private static final Set<String> CREATE =
      Set.of("TableName", "AttributeDefinitions", "KeySchema", "BillingMode");
  private static final Set<String> TIME_TO_LIVE = Set.of("TableName", "TimeToLiveSpecification");

  private final Database database;

  TableOperations(Database database) {
    this.database = database;
  }

  Map<String, Object> create(Request request) {
    String name = request.only(CREATE).text("TableName");
    if (!name.matches("[a-zA-Z0-9_.-]{3,255}")) {
      throw ServiceException.validation(
          "TableName must be at least 3 characters long and at most 255 characters long, of a-z,"
              + " A-Z, 0-9, '_', '-', and '.'");
    }
    if (!request.text("BillingMode", "PROVISIONED").equals("PAY_PER_REQUEST")) {
      throw ServiceException.validation("This server knows the BillingMode PAY_PER_REQUEST only");
    }
    if (database.tables().containsKey(name)) {
      throw new ServiceException("ResourceInUseException", "Table already exists: " + name);
    }
    KeySchema.of(request);
    database.commit(List.of(new Change.Create(request)));
    return Map.of("TableDescription", database.table(name).describe());
  }

  Map<String, Object> describe(Request request) {
    Table table = database.table(request.only(NAME).text("TableName"));
    return Map.of("Table", table.describe());
  }

  Map<String, Object> delete(Request request) {
    Table table = database.table(request.only(NAME).text("TableName"));
    database.commit(List.of(new Change.Drop(table.name())));
    return Map.of("TableDescription", Map.of("TableName", table.name(), "TableStatus", "DELETING"));
  }

  Map<String, Object> list(Request request) {
    request.only(Set.of());
    return Map.of("TableNames", List.copyOf(database.tables().keySet()));
  }

  Map<String, Object> updateTimeToLive(Request request) {
    Table table = database.activeTable(request.only(TIME_TO_LIVE).text("TableName"));
    Request specification =
        request.object("TimeToLiveSpecification").only(Set.of("AttributeName", "Enabled"));
    boolean enabled = specification.flag("Enabled", false);
    if (enabled == (table.timeToLive() != null)) {
      throw ServiceException.validation(
          "TimeToLive is already " + (enabled ? "enabled" : "disabled"));
    }
    String attribute = enabled ? specification.text("AttributeName") : null;
    database.commit(List.of(new Change.TimeToLive(table.name(), attribute)));
    return Map.of("TimeToLiveSpecification", specification.toJson());
  }

  Map<String, Object> describeTimeToLive(Request request) {
    @Nullable String attribute = database.table(request.only(NAME).text("TableName")).timeToLive();
    return Map.of(
        "TimeToLiveDescription",
        attribute == null
            ? Map.of("TimeToLiveStatus", "DISABLED")
            : Map.of("TimeToLiveStatus", "ENABLED", "AttributeName", attribute));
  }
}
