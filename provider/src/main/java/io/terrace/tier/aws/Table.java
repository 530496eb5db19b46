package io.terrace.tier.aws;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * The table that holds the items: the requests that are made for them, each of which blocks within
 * its time-out. All reads see every write that was confirmed before. Thread safe.
 */
final class Table {
  /** The most keys in one request for many. */
  static final int MAX_BATCH = 100;

  private final DynamoDbClient client;
  private final String name;
  private final Calls calls;

  Table(DynamoDbClient client, String name, Calls calls) {
    this.client = client;
    this.name = name;
    this.calls = calls;
  }

  /**
   * What became of a change.
   *
   * @param done whether the condition held
   * @param repeated whether it was sent more than once: then one that was not done by the last
   *     attempt may have been done by an earlier one, whose answer got lost
   * @param before the item before a change that was done, or as it is if it was not; empty for none
   */
  record Outcome(boolean done, boolean repeated, Map<String, AttributeValue> before) {}

  /**
   * The attributes of an item; empty if there is none.
   *
   * @param wanted their names; empty for all
   */
  Map<String, AttributeValue> get(Map<String, AttributeValue> key, List<String> wanted)
      throws IOException {
    GetItemRequest.Builder request =
        GetItemRequest.builder().tableName(name).key(key).consistentRead(true);
    if (!wanted.isEmpty()) {
      String projection = Attributes.projection(wanted);
      request.projectionExpression(projection);
      request.expressionAttributeNames(Attributes.names(projection));
    }
    GetItemRequest built = request.build();
    return calls.call(TableOperation.GET_ITEM, () -> client.getItem(built)).item();
  }

  /**
   * What was found of many keys, and which of them are to be asked for again.
   *
   * @param items in any order
   */
  record Batch(
      List<Map<String, AttributeValue>> items, List<Map<String, AttributeValue>> unprocessed) {}

  /**
   * The items of keys that differ from one another.
   *
   * @param keys from 1 to {@link #MAX_BATCH}
   */
  Batch getAll(Collection<Map<String, AttributeValue>> keys) throws IOException {
    KeysAndAttributes wanted = KeysAndAttributes.builder().keys(keys).consistentRead(true).build();
    BatchGetItemResponse response =
        calls.call(
            TableOperation.BATCH_GET_ITEM,
            () -> client.batchGetItem(request -> request.requestItems(Map.of(name, wanted))));
    KeysAndAttributes unprocessed = response.unprocessedKeys().get(name);
    return new Batch(
        response.responses().getOrDefault(name, List.of()),
        unprocessed == null ? List.of() : unprocessed.keys());
  }

  /** Why no more is asked for keys that {@link #getAll} leaves out again and again. */
  IOException leftOut() {
    return new TableFailures(name).leftOut(TableOperation.BATCH_GET_ITEM);
  }

  /** Replaces an item. */
  Outcome put(Map<String, AttributeValue> item, ItemCondition condition) throws IOException {
    PutItemRequest.Builder request =
        PutItemRequest.builder()
            .tableName(name)
            .item(item)
            .returnValues(ReturnValue.ALL_OLD)
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD);
    if (!condition.expression().isEmpty()) {
      request.conditionExpression(condition.expression());
      request.expressionAttributeNames(Attributes.names(condition.expression()));
    }
    if (!condition.values().isEmpty()) {
      request.expressionAttributeValues(condition.values());
    }
    PutItemRequest built = request.build();
    return changed(TableOperation.PUT_ITEM, () -> client.putItem(built).attributes());
  }

  /** Changes attributes of an item, which is made if it is not there. */
  Outcome update(Map<String, AttributeValue> key, ItemUpdate update, ItemCondition condition)
      throws IOException {
    String expression = update.expression();
    UpdateItemRequest.Builder request =
        UpdateItemRequest.builder()
            .tableName(name)
            .key(key)
            .updateExpression(expression)
            .expressionAttributeNames(Attributes.names(expression, condition.expression()))
            .expressionAttributeValues(update.valuesWith(condition))
            .returnValues(ReturnValue.ALL_OLD)
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD);
    if (!condition.expression().isEmpty()) {
      request.conditionExpression(condition.expression());
    }
    UpdateItemRequest built = request.build();
    return changed(TableOperation.UPDATE_ITEM, () -> client.updateItem(built).attributes());
  }

  /** Deletes an item; that there is none is no failure. */
  Outcome delete(Map<String, AttributeValue> key, ItemCondition condition) throws IOException {
    DeleteItemRequest.Builder request =
        DeleteItemRequest.builder()
            .tableName(name)
            .key(key)
            .returnValues(ReturnValue.ALL_OLD)
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD);
    if (!condition.expression().isEmpty()) {
      request.conditionExpression(condition.expression());
      request.expressionAttributeNames(Attributes.names(condition.expression()));
    }
    if (!condition.values().isEmpty()) {
      request.expressionAttributeValues(condition.values());
    }
    DeleteItemRequest built = request.build();
    return changed(TableOperation.DELETE_ITEM, () -> client.deleteItem(built).attributes());
  }

  private Outcome changed(TableOperation operation, Supplier<Map<String, AttributeValue>> request)
      throws IOException {
    AtomicInteger sent = new AtomicInteger(); // more than one if an interrupt breaks one off
    return calls.call(
        operation,
        () -> {
          boolean again = sent.getAndIncrement() > 0;
          try {
            return new Outcome(true, again, request.get());
          } catch (ConditionalCheckFailedException e) {
            boolean repeated = again || TableFailures.isRetried(e);
            return new Outcome(false, repeated, e.hasItem() ? e.item() : Map.of());
          }
        });
  }

  /**
   * Some items of a partition, in the order of their sort keys.
   *
   * @param items what the page has
   * @param last where the next one begins; empty if there is none
   */
  record Page(List<Map<String, AttributeValue>> items, Map<String, AttributeValue> last) {}

  /**
   * A page of the items of a partition.
   *
   * @param sortPrefix what their sort keys begin with; null for all
   * @param wanted the names of the attributes to read
   * @param after where the page before ended; empty for the first
   */
  Page query(
      AttributeValue partition,
      @Nullable AttributeValue sortPrefix,
      List<String> wanted,
      Map<String, AttributeValue> after)
      throws IOException {
    String condition = "#" + Attributes.PARTITION + " = :p";
    Map<String, AttributeValue> values = Map.of(":p", partition);
    if (sortPrefix != null) {
      condition += " AND begins_with(#" + Attributes.SORT + ", :k)";
      values = Map.of(":p", partition, ":k", sortPrefix);
    }
    String projection = Attributes.projection(wanted);
    QueryRequest.Builder request =
        QueryRequest.builder()
            .tableName(name)
            .consistentRead(true)
            .keyConditionExpression(condition)
            .projectionExpression(projection)
            .expressionAttributeNames(Attributes.names(condition, projection))
            .expressionAttributeValues(values);
    if (!after.isEmpty()) {
      request.exclusiveStartKey(after);
    }
    QueryRequest built = request.build();
    QueryResponse response = calls.call(TableOperation.QUERY, () -> client.query(built));
    return new Page(response.items(), response.lastEvaluatedKey());
  }
}
