package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

class DynamoDbUpdateTest extends DynamoDbTable {
  private static final Map<String, AttributeValue> ONE = Map.of(":one", n(1));

  private Map<String, AttributeValue> update(
      String expression, Map<String, String> names, Map<String, AttributeValue> values) {
    return client
        .updateItem(
            r ->
                r.tableName(table)
                    .key(Tables.key("p", "k"))
                    .updateExpression(expression)
                    .expressionAttributeNames(names)
                    .expressionAttributeValues(values)
                    .returnValues(ReturnValue.ALL_NEW))
        .attributes();
  }

  @Test
  void makesTheItemIfThereIsNone() {
    assertThat(update("ADD #n :one", Map.of("#n", "n"), ONE)).isEqualTo(item("k", 1));
    assertThat(update("SET #n = #n + :one", Map.of("#n", "n"), ONE)).isEqualTo(item("k", 2));
    assertThat(update("SET #n = #n - :one", Map.of("#n", "n"), ONE)).isEqualTo(item("k", 1));
    assertThat(get("k")).isEqualTo(item("k", 1));
  }

  @Test
  void operandsSeeTheItemAsItWas() {
    client.putItem(r -> r.tableName(table).item(item("k", 1)));
    assertThat(
            update(
                "SET #m = #n, #n = if_not_exists(#m, :one) + :one REMOVE #x",
                Map.of("#m", "m", "#n", "n", "#x", "x"),
                ONE))
        .containsEntry("m", n(1))
        .containsEntry("n", n(2));
  }

  @Test
  void setsGrowAndShrinkAndVanish() {
    Map<String, AttributeValue> ab = Map.of(":v", AttributeValue.builder().ss("a", "b").build());
    Map<String, AttributeValue> b = Map.of(":v", AttributeValue.builder().ss("b").build());
    Map<String, String> names = Map.of("#s", "s");
    assertThat(update("ADD #s :v", names, ab).get("s").ss()).containsExactlyInAnyOrder("a", "b");
    assertThat(update("DELETE #s :v", names, b).get("s").ss()).containsExactly("a");
    assertThat(update("DELETE #s :v", names, ab)).doesNotContainKey("s");
  }

  @Test
  void changesPartsOfMapsAndLists() {
    client.putItem(
        r ->
            r.tableName(table)
                .item(
                    Map.of(
                        "pk", s("p"),
                        "sk", s("k"),
                        "m", AttributeValue.fromM(Map.of("a", n(7))),
                        "l", AttributeValue.builder().l(n(7), n(8)).build())));
    Map<String, AttributeValue> item =
        update(
            "SET #m.#b = :one, #l[9] = :one REMOVE #m.#a, #l[0]",
            Map.of("#m", "m", "#l", "l", "#a", "a", "#b", "b"),
            ONE);
    assertThat(item.get("m").m()).isEqualTo(Map.of("b", n(1)));
    assertThat(item.get("l").l()).containsExactly(n(8), n(1));
  }

  @Test
  void refusesWhatTheServiceRefuses() {
    assertThatThrownBy(() -> update("SET #k = :one", Map.of("#k", "sk"), ONE))
        .hasMessageContaining("part of the key");
    assertThatThrownBy(() -> update("SET #n = #n + :one", Map.of("#n", "n"), ONE))
        .hasMessageContaining("does not exist in the item");
    assertThatThrownBy(() -> update("SET #n = :one ADD #n :one", Map.of("#n", "n"), ONE))
        .hasMessageContaining("overlap");
    assertThatThrownBy(() -> update("DELETE #n :one", Map.of("#n", "n"), ONE))
        .hasMessageContaining("Incorrect operand type");
    assertThatThrownBy(() -> update("SET #m.#n = :one", Map.of("#m", "m", "#n", "n"), ONE))
        .hasMessageContaining("invalid for update");
    assertThat(get("k")).isEmpty();
  }
}
