package io.terrace.servers.dynamodb;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What {@code #name} and {@code :value} stand for in the expressions of one call. */
final class Placeholders {
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, Attribute> values = new HashMap<>();
  private final Set<String> unused = new TreeSet<>();

  Placeholders(Request request) {
    if (request.has("ExpressionAttributeNames")) {
      request.map("ExpressionAttributeNames").forEach((key, name) -> names.put(key, (String) name));
    }
    if (request.has("ExpressionAttributeValues")) {
      values.putAll(request.item("ExpressionAttributeValues").attributes());
    }
    unused.addAll(names.keySet());
    unused.addAll(values.keySet());
  }

  String name(String placeholder) {
    unused.remove(placeholder);
    String name = names.get(placeholder);
    if (name == null) {
      throw undefined("name", placeholder);
    }
    return name;
  }

  Attribute value(String placeholder) {
    unused.remove(placeholder);
    Attribute value = values.get(placeholder);
    if (value == null) {
      throw undefined("value", placeholder);
    }
    return value;
  }

  void requireAllUsed() {
    if (!unused.isEmpty()) {
      throw ServiceException.validation(
          "Value provided in ExpressionAttributeNames or ExpressionAttributeValues unused in"
              + " expressions: keys: "
              + unused);
    }
  }

  private static ServiceException undefined(String what, String placeholder) {
    return ServiceException.validation(
        "An expression attribute "
            + what
            + " used in expression is not defined; attribute "
            + what
            + ": "
            + placeholder);
  }
}
