package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.Select;

class DynamoDbPageTest extends DynamoDbTable {
  private QueryRequest.Builder query(String hash) {
    return QueryRequest.builder()
        .tableName(table)
        .keyConditionExpression("#pk = :pk")
        .expressionAttributeNames(Map.of("#pk", "pk"))
        .expressionAttributeValues(Map.of(":pk", s(hash)));
  }

  private QueryRequest.Builder ranges(String condition, String value) {
    return query("p")
        .keyConditionExpression("#pk = :pk AND " + condition)
        .expressionAttributeNames(Map.of("#pk", "pk", "#sk", "sk"))
        .expressionAttributeValues(Map.of(":pk", s("p"), ":v", s(value)));
  }

  private void put(String hash, String range, int bytes) {
    client.putItem(
        r ->
            r.tableName(table)
                .item(
                    Map.of(
                        "pk", s(hash),
                        "sk", s(range),
                        "body", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[bytes])))));
  }

  private List<String> ranges(QueryRequest request) {
    return client.query(request).items().stream().map(item -> item.get("sk").s()).toList();
  }

  @Test
  void queryReadsOneHashValueInOrderOfRanges() {
    for (String range : List.of("c", "a", "ä", "b", "ba")) {
      put("p", range, 1);
      put("other", range, 1);
    }
    assertThat(ranges(query("p").build())).containsExactly("a", "b", "ba", "c", "ä");
    assertThat(ranges(query("p").scanIndexForward(false).build()))
        .containsExactly("ä", "c", "ba", "b", "a");
    assertThat(ranges(query("none").build())).isEmpty();
    assertThat(ranges(ranges("begins_with(#sk, :v)", "b").build())).containsExactly("b", "ba");
    assertThat(ranges(ranges("#sk > :v", "b").build())).containsExactly("ba", "c", "ä");
    assertThat(ranges(ranges("#sk BETWEEN :v AND :v", "b").build())).containsExactly("b");
    for (String no : List.of("contains(#sk, :v)", "#sk > :v AND #sk < :v", "#sk <> :v")) {
      assertThatThrownBy(() -> client.query(ranges(no, "b").build()))
          .hasMessageContaining("not supported");
    }
  }

  @Test
  void filterSeesNoKeyAndProjectionTakesWhatIsNamed() {
    client.putItem(r -> r.tableName(table).item(item("k", 1)));
    client.putItem(r -> r.tableName(table).item(item("l", 2)));
    QueryRequest.Builder query =
        query("p")
            .filterExpression("#n > :n")
            .projectionExpression("#n, #none")
            .expressionAttributeNames(Map.of("#pk", "pk", "#n", "n", "#none", "none"))
            .expressionAttributeValues(Map.of(":pk", s("p"), ":n", n(1)));
    assertThat(client.query(query.build()).items()).containsExactly(Map.of("n", n(2)));
    assertThatThrownBy(() -> client.query(query.filterExpression("#pk > :n").build()))
        .hasMessageContaining("non-primary key");
  }

  @Test
  void pagesEndAtTheLimitAndGoOnAtTheirLastKey() {
    IntStream.range(0, 5).forEach(i -> put("p", "k" + i, 1));
    QueryResponse first = client.query(query("p").limit(2).build());
    assertThat(first.lastEvaluatedKey()).isEqualTo(Tables.key("p", "k1"));
    assertThat(ranges(query("p").exclusiveStartKey(first.lastEvaluatedKey()).build()))
        .containsExactly("k2", "k3", "k4");
    assertThat(client.query(query("p").limit(5).build()).hasLastEvaluatedKey())
        .as("the server does not look ahead")
        .isTrue();
    assertThat(client.query(query("p").limit(6).build()).hasLastEvaluatedKey()).isFalse();
  }

  @Test
  void pagesEndAtOneMegabyteHoweverLittleOfItIsWanted() {
    IntStream.range(0, 5).forEach(i -> put("p", "k" + i, 300 << 10));
    QueryResponse page =
        client.query(
            query("p")
                .filterExpression("attribute_not_exists(#body)")
                .expressionAttributeNames(Map.of("#pk", "pk", "#body", "body"))
                .build());
    assertThat(page.items()).isEmpty();
    assertThat(page.scannedCount()).isEqualTo(4);
    assertThat(page.lastEvaluatedKey()).isEqualTo(Tables.key("p", "k3"));
  }

  @Test
  void scanFindsEverythingOnceWhateverThePagesAndSegments() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      put("p" + i % 7, "k" + i, 1);
      expected.add("k" + i);
    }
    assertThat(scanned(1, 0)).containsExactlyInAnyOrderElementsOf(expected);
    List<String> halves = new ArrayList<>(scanned(2, 0));
    halves.addAll(scanned(2, 1));
    assertThat(halves).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(client.scan(r -> r.tableName(table).select(Select.COUNT)).count()).isEqualTo(40);
  }

  private List<String> scanned(int segments, int segment) {
    return client
        .scanPaginator(r -> r.tableName(table).limit(3).totalSegments(segments).segment(segment))
        .items()
        .stream()
        .map(item -> item.get("sk").s())
        .toList();
  }
}
