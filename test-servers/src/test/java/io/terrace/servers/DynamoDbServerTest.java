package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

class DynamoDbServerTest {
  private static final Map<String, AttributeValue> ITEM =
      Map.of(
          "pk", AttributeValue.fromS("p"),
          "sk", AttributeValue.fromS("ä\n\""),
          "n", AttributeValue.fromN("42"));

  @Test
  void answersUntilItIsClosed() {
    DynamoDbServer server = DynamoDbServer.start();
    try (server;
        DynamoDbClient client = AwsClients.dynamoDb(server)) {
      assertThat(server.isRunning()).isTrue();
      assertThat(client.listTables().tableNames()).isEmpty();
    }
    assertThat(server.isRunning()).isFalse();
    assertThat(server.directory()).doesNotExist();
    assertThatThrownBy(server::pid).isInstanceOf(IllegalStateException.class);
    server.close();
  }

  @Test
  void dataSurvivesAKill() {
    try (DynamoDbServer server = DynamoDbServer.start();
        DynamoDbClient client = AwsClients.dynamoDb(server)) {
      Tables.create(client, "kept");
      client.putItem(r -> r.tableName("kept").item(ITEM));
      long pid = server.pid();
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(client::listTables).isInstanceOf(SdkClientException.class);

      server.restart();
      assertThat(server.pid()).isNotEqualTo(pid);
      assertThat(Tables.get(client, "kept", "p", "ä\n\"")).isEqualTo(ITEM);
    }
  }

  @Test
  void pausedServerAnswersNothingUntilItIsResumed() {
    try (DynamoDbServer server = DynamoDbServer.start();
        DynamoDbClient patient = AwsClients.dynamoDb(server);
        DynamoDbClient hasty =
            AwsClients.dynamoDb(server, server.accessKey(), Duration.ofMillis(200))) {
      server.pause();
      assertThat(server.isRunning()).isTrue();
      assertThatThrownBy(hasty::listTables)
          .isInstanceOf(SdkClientException.class)
          .hasMessageContaining("timed out");

      server.resume();
      assertThat(patient.listTables().tableNames()).isEmpty();
    }
  }

  @Test
  void letsInWhoHasItsAccessKey() {
    try (DynamoDbServer server = DynamoDbServer.start();
        DynamoDbClient stranger = AwsClients.dynamoDb(server, "STRANGER", Duration.ofSeconds(10))) {
      assertThatThrownBy(stranger::listTables)
          .isInstanceOf(DynamoDbException.class)
          .hasMessageContaining("security token");
    }
  }

  @Test
  void serversHavePortsAndDataOfTheirOwn() {
    try (DynamoDbServer one = DynamoDbServer.start();
        DynamoDbServer other = DynamoDbServer.start();
        DynamoDbClient client = AwsClients.dynamoDb(one);
        DynamoDbClient otherClient = AwsClients.dynamoDb(other)) {
      Tables.create(client, "kept");
      assertThat(one.endpoint()).isNotEqualTo(other.endpoint());
      assertThat(otherClient.listTables().tableNames()).isEmpty();
    }
  }
}
