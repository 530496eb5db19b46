package io.terrace.tier.aws;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A change of some attributes of an item. Built by one thread. */
final class ItemUpdate {
  private final List<String> set = new ArrayList<>();
  private final List<String> remove = new ArrayList<>();
  private final Map<String, AttributeValue> values = new HashMap<>();

  ItemUpdate set(String name, AttributeValue value) {
    set.add("#" + name + " = :new" + name);
    values.put(":new" + name, value);
    return this;
  }

  /** Takes the value that another attribute has before the change, or this one if it has none. */
  ItemUpdate copy(String name, String from, AttributeValue otherwise) {
    set.add("#" + name + " = if_not_exists(#" + from + ", :new" + name + ")");
    values.put(":new" + name, otherwise);
    return this;
  }

  ItemUpdate remove(String... names) {
    for (String name : names) {
      remove.add("#" + name);
    }
    return this;
  }

  /** As DynamoDB takes it. */
  String expression() {
    List<String> clauses = new ArrayList<>();
    if (!set.isEmpty()) {
      clauses.add("SET " + String.join(", ", set));
    }
    if (!remove.isEmpty()) {
      clauses.add("REMOVE " + String.join(", ", remove));
    }
    return String.join(" ", clauses);
  }

  /** The values of this and of a condition. */
  Map<String, AttributeValue> valuesWith(ItemCondition condition) {
    Map<String, AttributeValue> all = new HashMap<>(values);
    all.putAll(condition.values());
    return all;
  }
}
