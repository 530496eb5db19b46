package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

class DynamoDbBatchTest extends DynamoDbTable {
  private void write(List<WriteRequest> writes) {
    assertThat(client.batchWriteItem(r -> r.requestItems(Map.of(table, writes))).unprocessedItems())
        .isEmpty();
  }

  private static WriteRequest put(Map<String, AttributeValue> item) {
    return WriteRequest.builder().putRequest(p -> p.item(item)).build();
  }

  private static List<Map<String, AttributeValue>> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> Tables.key("p", "k" + i)).toList();
  }

  private BatchGetItemResponse read(List<Map<String, AttributeValue>> keys) {
    KeysAndAttributes wanted = KeysAndAttributes.builder().keys(keys).build();
    return client.batchGetItem(r -> r.requestItems(Map.of(table, wanted)));
  }

  @Test
  void batchesWriteAndReadUpToTheirLimits() {
    write(IntStream.range(0, 25).mapToObj(i -> put(item("k" + i, i))).toList());
    write(
        List.of(
            put(item("k0", 100)),
            WriteRequest.builder().deleteRequest(d -> d.key(Tables.key("p", "k1"))).build()));
    assertThat(read(keys(100)).responses().get(table))
        .hasSize(24)
        .contains(item("k0", 100), item("k24", 24));
    assertThatThrownBy(() -> read(keys(101))).hasMessageContaining("Too many items");
    assertThatThrownBy(
            () -> write(IntStream.range(0, 26).mapToObj(i -> put(item("k" + i, i))).toList()))
        .hasMessageContaining("Too many items");
    assertThatThrownBy(() -> write(List.of(put(item("k", 1)), put(item("k", 2)))))
        .hasMessageContaining("duplicates");
  }

  @Test
  void batchesLeaveKeysUnprocessedBeyondSixteenMegabytes() {
    AttributeValue body = AttributeValue.fromB(SdkBytes.fromByteArray(new byte[390 << 10]));
    for (int i = 0; i < 45; i++) {
      String range = "k" + i;
      client.putItem(
          r -> r.tableName(table).item(Map.of("pk", s("p"), "sk", s(range), "body", body)));
    }
    BatchGetItemResponse first = read(keys(45));
    List<Map<String, AttributeValue>> left = first.unprocessedKeys().get(table).keys();
    assertThat(first.responses().get(table)).hasSize(42);
    assertThat(left).hasSize(3);
    assertThat(read(left).responses().get(table)).hasSize(3);
  }

  @Test
  void itemsHaveAtMost400Kilobytes() {
    int room = (400 << 10) - "pk".length() - "p".length() - "sk".length() - "k".length() - 4;
    client.putItem(r -> r.tableName(table).item(large(room)));
    assertThatThrownBy(() -> client.putItem(r -> r.tableName(table).item(large(room + 1))))
        .hasMessageContaining("Item size has exceeded");
    assertThat(get("k").get("body").b().asByteArray()).hasSize(room);
  }

  private static Map<String, AttributeValue> large(int bytes) {
    AttributeValue body = AttributeValue.fromB(SdkBytes.fromByteArray(new byte[bytes]));
    return Map.of("pk", s("p"), "sk", s("k"), "body", body);
  }
}
