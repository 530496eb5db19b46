package io.terrace.servers;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** One server for the tests of a class, and a table for each. */
abstract class DynamoDbTable {
  static DynamoDbServer server;
  static DynamoDbClient client;
  private static int tables;

  String table;

  @BeforeAll
  static void startServer() {
    server = DynamoDbServer.start();
    client = AwsClients.dynamoDb(server);
  }

  @AfterAll
  static void closeServer() {
    client.close();
    server.close();
  }

  @BeforeEach
  void createTable() {
    table = "table-" + tables++;
    Tables.create(client, table);
  }

  Map<String, AttributeValue> get(String range) {
    return Tables.get(client, table, "p", range);
  }

  /** An item of the hash value "p" with the number n. */
  static Map<String, AttributeValue> item(String range, int n) {
    return Map.of("pk", s("p"), "sk", s(range), "n", n(n));
  }

  static AttributeValue s(String value) {
    return AttributeValue.fromS(value);
  }

  static AttributeValue n(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }
}
