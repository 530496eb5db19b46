package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.IdempotentParameterMismatchException;
import software.amazon.awssdk.services.dynamodb.model.ItemResponse;
import software.amazon.awssdk.services.dynamodb.model.TransactGetItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

class DynamoDbTransactionTest extends DynamoDbTable {
  @Test
  void transactionsAreDoneAsAWholeOrNotAtAll() {
    client.putItem(r -> r.tableName(table).item(item("old", 1)));
    TransactWriteItem put = putIfAbsent("new", 1);
    TransactWriteItem again = putIfAbsent("old", 2);
    TransactionCanceledException failure =
        catchThrowableOfType(
            TransactionCanceledException.class,
            () -> client.transactWriteItems(r -> r.transactItems(put, again)));
    assertThat(failure.cancellationReasons())
        .extracting(CancellationReason::code)
        .containsExactly("None", "ConditionalCheckFailed");
    assertThat(get("new")).isEmpty();

    client.transactWriteItems(r -> r.transactItems(put, delete("old")));
    assertThat(get("new")).isEqualTo(item("new", 1));
    assertThat(get("old")).isEmpty();
    assertThat(
            client
                .transactGetItems(r -> r.transactItems(read("new"), read("old")))
                .responses()
                .stream()
                .map(ItemResponse::item))
        .containsExactly(item("new", 1), Map.of());
  }

  @Test
  void repetitionIsKnownByItsTokenEvenAfterAKill() {
    TransactWriteItemsRequest once =
        TransactWriteItemsRequest.builder()
            .transactItems(putIfAbsent("k", 1))
            .clientRequestToken("token")
            .build();
    client.transactWriteItems(once);
    server.kill();
    server.restart();
    client.close();
    client = AwsClients.dynamoDb(server);
    client.transactWriteItems(once);
    TransactWriteItemsRequest other = once.toBuilder().transactItems(delete("k")).build();
    assertThatThrownBy(() -> client.transactWriteItems(other))
        .isInstanceOf(IdempotentParameterMismatchException.class);
    assertThat(get("k")).isEqualTo(item("k", 1));
  }

  private TransactWriteItem putIfAbsent(String range, int n) {
    return TransactWriteItem.builder()
        .put(
            p ->
                p.tableName(table)
                    .item(item(range, n))
                    .conditionExpression("attribute_not_exists(#pk)")
                    .expressionAttributeNames(Map.of("#pk", "pk")))
        .build();
  }

  private TransactWriteItem delete(String range) {
    return TransactWriteItem.builder()
        .delete(d -> d.tableName(table).key(Tables.key("p", range)))
        .build();
  }

  private TransactGetItem read(String range) {
    return TransactGetItem.builder()
        .get(g -> g.tableName(table).key(Tables.key("p", range)))
        .build();
  }
}
