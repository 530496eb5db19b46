package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

class DynamoDbConditionTest extends DynamoDbTable {
  @Test
  void putIfAbsentIsDoneOnce() {
    putIfAbsent(1);
    assertThatThrownBy(() -> putIfAbsent(2)).isInstanceOf(ConditionalCheckFailedException.class);
    assertThat(get("k")).containsEntry("n", n(1));
  }

  private void putIfAbsent(int n) {
    client.putItem(
        r ->
            r.tableName(table)
                .item(item("k", n))
                .conditionExpression("attribute_not_exists(#pk)")
                .expressionAttributeNames(Map.of("#pk", "pk")));
  }

  @Test
  void failureTellsTheItemIfAsked() {
    client.putItem(r -> r.tableName(table).item(item("k", 5)));
    ConditionalCheckFailedException failure =
        catchThrowableOfType(
            ConditionalCheckFailedException.class,
            () ->
                client.deleteItem(
                    r ->
                        r.tableName(table)
                            .key(Tables.key("p", "k"))
                            .conditionExpression("#n = :n")
                            .expressionAttributeNames(Map.of("#n", "n"))
                            .expressionAttributeValues(Map.of(":n", n(4)))
                            .returnValuesOnConditionCheckFailure(
                                ReturnValuesOnConditionCheckFailure.ALL_OLD)));
    assertThat(failure.item()).isEqualTo(item("k", 5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "#n = :five | true",
        "#n <> :five | false",
        "#n > :five | false",
        "#n >= :five AND #n <= :five | true",
        "#n BETWEEN :four AND :five | true",
        "#n IN (:four, :five) | true",
        "NOT #n = :four AND #n = :five | true",
        "#n = :four OR #n = :five AND #n = :four | false",
        "(#n = :four OR #n = :five) AND NOT (#n = :four) | true",
        "#none > :four | false",
        "#none = :four | false",
        "attribute_exists(#none) | false",
        "attribute_not_exists(#none) | true",
        "begins_with(#s, :ab) | true",
        "contains(#s, :bc) | true",
        "begins_with(#s, :bc) | false",
        "size(#s) = :five | true",
        "size(#b) = :four | true",
        "attribute_type(#s, :S) | true",
        "#m.#inner = :five | true",
        "#m.#none = :five | false",
        "#l[1] = :five | true",
        "#l[7] = :five | false",
        "contains(#set, :ab) | true",
        "#s > :five | false",
      })
  void conditionsHoldAsTheReferenceSays(String condition, boolean holds) {
    client.putItem(r -> r.tableName(table).item(RICH));
    assertThat(holds(condition)).isEqualTo(holds);
  }

  private static final Map<String, AttributeValue> RICH =
      Map.of(
          "pk", s("p"),
          "sk", s("rich"),
          "n", AttributeValue.fromN("5.0"),
          "s", s("abcde"),
          "b", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[4])),
          "m", AttributeValue.fromM(Map.of("inner", n(5))),
          "l", AttributeValue.builder().l(n(4), n(5)).build(),
          "set", AttributeValue.builder().ss("ab", "cd").build());
  private static final Map<String, String> NAMES =
      Map.of(
          "#n", "n", "#s", "s", "#b", "b", "#m", "m", "#l", "l", "#set", "set", "#none", "none",
          "#inner", "inner");
  private static final Map<String, AttributeValue> VALUES =
      Map.of(":four", n(4), ":five", n(5), ":ab", s("ab"), ":bc", s("bc"), ":S", s("S"));

  private boolean holds(String condition) {
    try {
      client.updateItem(
          r ->
              r.tableName(table)
                  .key(Tables.key("p", "rich"))
                  .conditionExpression(condition)
                  .expressionAttributeNames(used(NAMES, condition))
                  .expressionAttributeValues(
                      condition.contains(":") ? used(VALUES, condition) : null));
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  private static <V> Map<String, V> used(Map<String, V> all, String expression) {
    Map<String, V> used = new HashMap<>(all);
    used.keySet().removeIf(name -> !expression.matches(".*" + name + "\\b.*"));
    return used;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "#n = | Syntax error",
        "#n == :five | Syntax error",
        "#n = :five AND | Syntax error",
        "(#n = :five | Syntax error",
        "n = :five | names as #name only",
        "#n = :six | not defined",
        "between(#n, :five) | Invalid function name",
        "((#n = :five)) | redundant parentheses",
        "#n = #n | must be distinct",
        "#n BETWEEN :five AND :four | upper bound",
        "#n BETWEEN :four AND :ab | upper bound",
        "begins_with(#s, :five) | Incorrect operand type",
        "attribute_type(#s, :ab) | Invalid attribute type",
      })
  void mistakesAreRefused(String condition, String complaint) {
    assertThatThrownBy(() -> holds(condition))
        .isInstanceOf(DynamoDbException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void placeholdersThatNobodyUsesAreRefused() {
    assertThatThrownBy(
            () ->
                client.putItem(
                    r ->
                        r.tableName(table)
                            .item(item("k", 1))
                            .conditionExpression("attribute_not_exists(#pk)")
                            .expressionAttributeNames(Map.of("#pk", "pk", "#n", "n"))))
        .hasMessageContaining("unused in expressions: keys: [#n]");
  }

  @Test
  void writesTellTheOldOrNewItem() {
    assertThat(
            client
                .putItem(r -> r.tableName(table).item(item("k", 1)).returnValues("ALL_OLD"))
                .attributes())
        .isEmpty();
    assertThat(
            client
                .putItem(r -> r.tableName(table).item(item("k", 2)).returnValues("ALL_OLD"))
                .attributes())
        .isEqualTo(item("k", 1));
    assertThat(
            client
                .deleteItem(
                    r ->
                        r.tableName(table)
                            .key(Tables.key("p", "k"))
                            .returnValues(ReturnValue.ALL_OLD))
                .attributes())
        .isEqualTo(item("k", 2));
    assertThat(get("k")).isEmpty();
    assertThatThrownBy(
            () ->
                client.putItem(r -> r.tableName(table).item(item("k", 2)).returnValues("ALL_NEW")))
        .hasMessageContaining("ALL_OLD or NONE");
  }
}
