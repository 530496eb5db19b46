package io.terrace.servers.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code M}: named attributes, which are an item, a key, or a map within an item. */
record Item(Map<String, Attribute> attributes) implements Attribute {
  static final Item EMPTY = new Item(Map.of());

  @Nullable Attribute get(String name) {
    return attributes.get(name);
  }

  /** The same with another value of an attribute, or without it. */
  Item with(String name, @Nullable Attribute value) {
    Map<String, Attribute> copy = new LinkedHashMap<>(attributes);
    if (value == null) {
      copy.remove(name);
    } else {
      copy.put(name, value);
    }
    return new Item(copy);
  }

  @Override
  public String type() {
    return "M";
  }

  @Override
  public Map<String, Object> content() {
    Map<String, Object> json = new LinkedHashMap<>();
    attributes.forEach((name, value) -> json.put(name, value.toJson()));
    return json;
  }

  /** As a map within an item. */
  @Override
  public int size() {
    return 3 + attributes.size() + itemSize();
  }

  /** As an item. */
  int itemSize() {
    int size = 0;
    for (Map.Entry<String, Attribute> entry : attributes.entrySet()) {
      size += entry.getKey().getBytes(UTF_8).length + entry.getValue().size();
    }
    return size;
  }
}
