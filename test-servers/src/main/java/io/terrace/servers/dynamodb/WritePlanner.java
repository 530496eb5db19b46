package io.terrace.servers.dynamodb;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks the parameters and the condition of a write, and says what it is going to do. */
final class WritePlanner {
  private static final int MAX_ITEM_BYTES = 400 << 10;
  private static final Set<String> EXPRESSIONS =
      Set.of("ExpressionAttributeNames", "ExpressionAttributeValues");
  private static final Set<String> CONDITION =
      union(
          EXPRESSIONS,
          Set.of("TableName", "ConditionExpression", "ReturnValuesOnConditionCheckFailure"));
  private static final Set<String> PUT = union(CONDITION, Set.of("Item", "ReturnValues"));
  private static final Set<String> DELETE = union(CONDITION, Set.of("Key", "ReturnValues"));
  private static final Set<String> UPDATE = union(DELETE, Set.of("UpdateExpression"));
  private static final Set<String> CHECK = union(CONDITION, Set.of("Key"));

  private final Database database;

  WritePlanner(Database database) {
    this.database = database;
  }

  /** PutItem, or Put in a transaction. */
  Write put(Request request) {
    request.only(PUT);
    Table table = database.activeTable(request.text("TableName"));
    Item item = request.item("Item");
    Key key = table.schema().of(item);
    Placeholders placeholders = new Placeholders(request);
    Condition condition = condition(request, placeholders);
    placeholders.requireAllUsed();
    Item before = table.items().get(key);
    check(condition, before, request);
    return new Write(table, key, before, checkedSize(item), Set.of());
  }

  /** DeleteItem, or Delete in a transaction. */
  Write delete(Request request) {
    request.only(DELETE);
    Write check = conditionCheck(request);
    return new Write(check.table(), check.key(), check.before(), null, Set.of());
  }

  /** ConditionCheck in a transaction: a write that leaves the item as it is. */
  Write check(Request request) {
    request.only(CHECK).text("ConditionExpression");
    return conditionCheck(request);
  }

  /** UpdateItem, or Update in a transaction. */
  Write update(Request request) {
    request.only(UPDATE);
    Table table = database.activeTable(request.text("TableName"));
    Key key = table.schema().alone(request.item("Key"));
    Placeholders placeholders = new Placeholders(request);
    Condition condition = condition(request, placeholders);
    Update update =
        request.has("UpdateExpression")
            ? UpdateParser.parse(request.text("UpdateExpression"), placeholders)
            : Update.NONE;
    placeholders.requireAllUsed();
    requireNoKey(update, table.schema());
    requireWhole(update, request);
    Item before = table.items().get(key);
    check(condition, before, request);
    Item after = update.applied(before == null ? table.schema().toItem(key) : before);
    return new Write(table, key, before, checkedSize(after), update.touched());
  }

  private Write conditionCheck(Request request) {
    Table table = database.activeTable(request.text("TableName"));
    Key key = table.schema().alone(request.item("Key"));
    Placeholders placeholders = new Placeholders(request);
    Condition condition = condition(request, placeholders);
    placeholders.requireAllUsed();
    Item before = table.items().get(key);
    check(condition, before, request);
    return new Write(table, key, before, before, Set.of());
  }

  private static @Nullable Condition condition(Request request, Placeholders placeholders) {
    return request.has("ConditionExpression")
        ? ConditionParser.parse(request.text("ConditionExpression"), placeholders)
        : null;
  }

  private static void check(@Nullable Condition condition, @Nullable Item before, Request request) {
    if (condition != null && !condition.holds(before == null ? Item.EMPTY : before)) {
      boolean tell = request.text("ReturnValuesOnConditionCheckFailure", "NONE").equals("ALL_OLD");
      throw ServiceException.conditionFailed(tell ? before : null);
    }
  }

  private static void requireNoKey(Update update, KeySchema schema) {
    for (String name : update.touched()) {
      if (schema.has(name)) {
        throw ServiceException.validation(
            "One or more parameter values were invalid: Cannot update attribute "
                + name
                + ". This attribute is part of the key");
      }
    }
  }

  private static void requireWhole(Update update, Request request) {
    if (update.hasParts() && request.text("ReturnValues", "NONE").startsWith("UPDATED")) {
      throw ServiceException.validation("This server reports no parts of attributes");
    }
  }

  private static Item checkedSize(Item item) {
    if (item.itemSize() > MAX_ITEM_BYTES) {
      throw ServiceException.validation("Item size has exceeded the maximum allowed size");
    }
    return item;
  }

  private static Set<String> union(Set<String> some, Set<String> more) {
    Set<String> all = new HashSet<>(some);
    all.addAll(more);
    return Set.copyOf(all);
  }
}
