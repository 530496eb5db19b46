package io.terrace.benchmarks.aws;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.waiters.DynamoDbWaiter;

/**
 * The bytes of a body under a key, with nothing beside them: a strongly consistent GetItem, and a
 * PutItem without a condition that returns nothing.
 */
final class BareDynamoDb implements AwsSubject {
  private static final String TABLE = "bare";
  private static final String KEY = "k";
  private static final String BODY = "b";

  private final DynamoDbClient client;
  private final AttributeValue[] keys;

  BareDynamoDb(AwsServices services, int entries) {
    client = BareClients.dynamoDb(services);
    keys = new AttributeValue[entries];
    for (int i = 0; i < entries; i++) {
      keys[i] = binary(("key-" + i).getBytes(StandardCharsets.US_ASCII));
    }
    createTable();
  }

  private void createTable() {
    AttributeDefinition attribute =
        AttributeDefinition.builder()
            .attributeName(KEY)
            .attributeType(ScalarAttributeType.B)
            .build();
    KeySchemaElement key =
        KeySchemaElement.builder().attributeName(KEY).keyType(KeyType.HASH).build();
    try {
      client.createTable(
          request ->
              request
                  .tableName(TABLE)
                  .attributeDefinitions(attribute)
                  .keySchema(key)
                  .billingMode(BillingMode.PAY_PER_REQUEST));
    } catch (ResourceInUseException e) {
      return; // left by the JVM before this one, and filled again
    }
    try (DynamoDbWaiter waiter = client.waiter()) {
      waiter.waitUntilTableExists(request -> request.tableName(TABLE));
    }
  }

  private static AttributeValue binary(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
  }

  @Override
  public byte @Nullable [] get(int number) {
    AttributeValue body =
        client
            .getItem(
                request ->
                    request.tableName(TABLE).key(Map.of(KEY, keys[number])).consistentRead(true))
            .item()
            .get(BODY);
    return body == null ? null : body.b().asByteArrayUnsafe();
  }

  @Override
  public void put(int number, byte[] body) {
    client.putItem(
        request -> request.tableName(TABLE).item(Map.of(KEY, keys[number], BODY, binary(body))));
  }

  @Override
  public void close() {
    client.close();
  }
}
