package io.terrace.tier.aws;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/** Makes the table where it is not there. Thread safe. */
final class TableSetup {
  private static final System.Logger LOGGER = System.getLogger(TableSetup.class.getName());

  /** A table of the service takes some seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long POLL_NANOS = Duration.ofMillis(250).toNanos();

  private final DynamoDbClient client;
  private final String name;
  private final Calls calls;

  TableSetup(DynamoDbClient client, String name, Calls calls) {
    this.client = client;
    this.name = name;
    this.calls = calls;
  }

  /** Makes the table, unless somebody else does, and waits until it can be used. */
  void create() throws IOException {
    boolean created = calls.call(TableOperation.CREATE_TABLE, this::createAbsent);
    awaitActive();
    if (created) {
      expireItems();
    }
  }

  private boolean createAbsent() {
    try {
      client.createTable(definition());
      return true;
    } catch (ResourceInUseException e) {
      return false;
    }
  }

  private CreateTableRequest definition() {
    return CreateTableRequest.builder()
        .tableName(name)
        .attributeDefinitions(binary(Attributes.PARTITION), binary(Attributes.SORT))
        .keySchema(key(Attributes.PARTITION, KeyType.HASH), key(Attributes.SORT, KeyType.RANGE))
        .billingMode(BillingMode.PAY_PER_REQUEST)
        .build();
  }

  private static AttributeDefinition binary(String attribute) {
    return AttributeDefinition.builder()
        .attributeName(attribute)
        .attributeType(ScalarAttributeType.B)
        .build();
  }

  private static KeySchemaElement key(String attribute, KeyType type) {
    return KeySchemaElement.builder().attributeName(attribute).keyType(type).build();
  }

  private void awaitActive() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (status() != TableStatus.ACTIVE) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "table '" + name + "' is not there " + PATIENCE + " after its making");
      }
      Pause.atLeast(POLL_NANOS);
    }
  }

  private TableStatus status() throws IOException {
    try {
      return calls
          .call(
              TableOperation.DESCRIBE_TABLE,
              () -> client.describeTable(request -> request.tableName(name)))
          .table()
          .tableStatus();
    } catch (CallFailedException e) {
      if (e.kind() == CallFailedException.Kind.NO_TABLE) {
        return TableStatus.CREATING; // word of it has not come everywhere yet
      }
      throw e;
    }
  }

  /** Without it everything works, but what is over stays. */
  private void expireItems() {
    try {
      calls.call(
          TableOperation.UPDATE_TIME_TO_LIVE,
          () ->
              client.updateTimeToLive(
                  request ->
                      request
                          .tableName(name)
                          .timeToLiveSpecification(
                              ttl -> ttl.enabled(true).attributeName(Attributes.TTL))));
    } catch (CallFailedException e) {
      LOGGER.log(
          Level.WARNING,
          "expired items stay in table {0}, since its TTL could not be set: {1}",
          name,
          e.getMessage());
    }
  }
}
