package io.terrace.servers;

import static software.amazon.awssdk.services.dynamodb.model.TableStatus.ACTIVE;

import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Tables whose key is a string {@code pk} and a string {@code sk}. */
final class Tables {
  private Tables() {}

  static void create(DynamoDbClient client, String name) {
    client.createTable(
        r ->
            r.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(string("pk"), string("sk"))
                .keySchema(part("pk", KeyType.HASH), part("sk", KeyType.RANGE)));
    // The waiter of the SDK looks every 20 seconds.
    Await.until(
        Duration.ofSeconds(10),
        () -> client.describeTable(r -> r.tableName(name)).table().tableStatus() == ACTIVE,
        () -> "No table " + name);
  }

  static Map<String, AttributeValue> key(String hash, String range) {
    return Map.of("pk", AttributeValue.fromS(hash), "sk", AttributeValue.fromS(range));
  }

  static Map<String, AttributeValue> get(
      DynamoDbClient client, String table, String hash, String range) {
    return client.getItem(r -> r.tableName(table).key(key(hash, range))).item();
  }

  private static AttributeDefinition string(String name) {
    return AttributeDefinition.builder()
        .attributeName(name)
        .attributeType(ScalarAttributeType.S)
        .build();
  }

  private static KeySchemaElement part(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }
}
