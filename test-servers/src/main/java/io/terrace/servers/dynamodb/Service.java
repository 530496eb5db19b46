package io.terrace.servers.dynamodb;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** All operations, one after another. Thread safe. */
final class Service {
  private final Map<String, Function<Request, Map<String, Object>>> operations = new HashMap<>();

  Service(Database database) {
    TableOperations tables = new TableOperations(database);
    operations.put("CreateTable", tables::create);
    operations.put("DescribeTable", tables::describe);
    operations.put("DeleteTable", tables::delete);
    operations.put("ListTables", tables::list);
    operations.put("UpdateTimeToLive", tables::updateTimeToLive);
    operations.put("DescribeTimeToLive", tables::describeTimeToLive);
    WritePlanner planner = new WritePlanner(database);
    ItemOperations items = new ItemOperations(database, planner);
    operations.put("GetItem", items::get);
    operations.put("PutItem", items::put);
    operations.put("UpdateItem", items::update);
    operations.put("DeleteItem", items::delete);
    BatchOperations batches = new BatchOperations(database, planner);
    operations.put("BatchGetItem", batches::get);
    operations.put("BatchWriteItem", batches::write);
    PageOperations pages = new PageOperations(database);
    operations.put("Query", pages::query);
    operations.put("Scan", pages::scan);
    TransactionOperations transactions = new TransactionOperations(database, planner);
    operations.put("TransactGetItems", transactions::get);
    operations.put("TransactWriteItems", transactions::write);
  }

  /**
   * Runs an operation and returns its JSON.
   *
   * @throws ServiceException for the client
   */
  synchronized Map<String, Object> run(String operation, String json) {
    Function<Request, Map<String, Object>> known = operations.get(operation);
    if (known == null) {
      throw new ServiceException(
          "UnknownOperationException", "This server does not know " + operation);
    }
    return known.apply(new Request(Json.parse(json)));
  }
}
