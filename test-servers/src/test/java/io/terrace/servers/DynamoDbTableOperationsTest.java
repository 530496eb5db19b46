package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

class DynamoDbTableOperationsTest extends DynamoDbTable {
  @Test
  void tableIsThereUntilItIsDeleted() {
    assertThat(client.describeTable(r -> r.tableName(table)).table().tableStatus())
        .isEqualTo(TableStatus.ACTIVE);
    assertThatThrownBy(() -> Tables.create(client, table))
        .isInstanceOf(ResourceInUseException.class);
    client.deleteTable(r -> r.tableName(table));
    assertThatThrownBy(() -> client.describeTable(r -> r.tableName(table)))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThatThrownBy(() -> get("k")).isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void namesHaveAtLeastThreeCharacters() {
    assertThatThrownBy(() -> Tables.create(client, "ab"))
        .isInstanceOf(DynamoDbException.class)
        .hasMessageContaining("at least 3 characters");
  }

  @Test
  void timeToLiveIsSetOnce() {
    assertThat(timeToLive().timeToLiveStatus()).isEqualTo(TimeToLiveStatus.DISABLED);
    enableTimeToLive();
    assertThat(timeToLive().attributeName()).isEqualTo("expires");
    assertThatThrownBy(this::enableTimeToLive).hasMessageContaining("already enabled");
  }

  private TimeToLiveDescription timeToLive() {
    return client.describeTimeToLive(r -> r.tableName(table)).timeToLiveDescription();
  }

  private void enableTimeToLive() {
    client.updateTimeToLive(
        r ->
            r.tableName(table)
                .timeToLiveSpecification(t -> t.attributeName("expires").enabled(true)));
  }

  @Test
  void keysHaveToFitTheSchema() {
    assertThatThrownBy(() -> client.putItem(r -> r.tableName(table).item(Map.of("pk", s("p")))))
        .hasMessageContaining("Missing the key sk");
    assertThatThrownBy(() -> client.putItem(r -> r.tableName(table).item(Tables.key("", "k"))))
        .hasMessageContaining("Size of key pk");
    assertThatThrownBy(
            () -> client.putItem(r -> r.tableName(table).item(Tables.key("p", "k".repeat(1025)))))
        .hasMessageContaining("Size of key sk");
    assertThatThrownBy(() -> client.getItem(r -> r.tableName(table).key(item("k", 1))))
        .hasMessageContaining("does not match the schema");
  }

  @Test
  void whatItDoesNotKnowItRefuses() {
    assertThatThrownBy(
            () ->
                client.getItem(
                    r ->
                        r.tableName(table)
                            .key(Tables.key("p", "k"))
                            .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)))
        .hasMessageContaining("does not know the parameter ReturnConsumedCapacity");
    assertThatThrownBy(client::listBackups).hasMessageContaining("does not know ListBackups");
  }
}
