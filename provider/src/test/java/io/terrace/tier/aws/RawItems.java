package io.terrace.tier.aws;

import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The items of a cache as they stand in the table, for those who look at them or tamper with them.
 */
final class RawItems implements AutoCloseable {
  private final AwsClients clients;
  private final ItemKeys keys;
  private final String table;

  RawItems(AwsSetup setup) throws IOException {
    clients = setup.clients();
    keys = setup.keys();
    table = setup.settings().table();
  }

  DynamoDbClient client() {
    return clients.dynamoDb();
  }

  /** The item of a key; empty if there is none. */
  Map<String, AttributeValue> get(EntryKey key) {
    return get(keys.entry(key));
  }

  Map<String, AttributeValue> get(Map<String, AttributeValue> key) {
    return client()
        .getItem(request -> request.tableName(table).key(key).consistentRead(true))
        .item();
  }

  void put(Map<String, AttributeValue> item) {
    client().putItem(request -> request.tableName(table).item(item));
  }

  void delete(Map<String, AttributeValue> item) {
    Map<String, AttributeValue> key = new HashMap<>(item);
    key.keySet().retainAll(List.of(Attributes.PARTITION, Attributes.SORT));
    client().deleteItem(request -> request.tableName(table).key(key));
  }

  /** All items in the place of entries. */
  List<Map<String, AttributeValue>> entries() {
    List<Map<String, AttributeValue>> all = new ArrayList<>();
    for (int partition = 0; partition < keys.partitions(); partition++) {
      all.addAll(items(keys.partition(partition)));
    }
    return all;
  }

  /** All other items. */
  List<Map<String, AttributeValue>> control() {
    return items(keys.controlPartition());
  }

  private List<Map<String, AttributeValue>> items(AttributeValue partition) {
    List<Map<String, AttributeValue>> all = new ArrayList<>();
    client()
        .queryPaginator(
            request ->
                request
                    .tableName(table)
                    .consistentRead(true)
                    .keyConditionExpression("#p = :p")
                    .expressionAttributeNames(Map.of("#p", Attributes.PARTITION))
                    .expressionAttributeValues(Map.of(":p", partition)))
        .items()
        .forEach(all::add);
    return all;
  }

  @Override
  public void close() {
    clients.close();
  }
}
