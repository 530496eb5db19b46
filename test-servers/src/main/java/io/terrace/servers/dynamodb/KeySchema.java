package io.terrace.servers.dynamodb;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which attributes are the key of a table's items, and their types. */
record KeySchema(String hash, @Nullable String range, Map<String, String> types) {
  private static final int MAX_HASH_BYTES = 2048;
  private static final int MAX_RANGE_BYTES = 1024;

  /** Out of the parameters of CreateTable. */
  static KeySchema of(Request table) {
    Map<String, String> types = new HashMap<>();
    for (Request attribute : table.objects("AttributeDefinitions")) {
      types.put(attribute.text("AttributeName"), attribute.text("AttributeType"));
    }
    Map<String, String> names = new HashMap<>();
    for (Request part : table.objects("KeySchema")) {
      names.put(part.text("KeyType"), part.text("AttributeName"));
    }
    String hash = names.get("HASH");
    if (hash == null || !types.keySet().equals(Set.copyOf(names.values()))) {
      throw ServiceException.validation(
          "Number of attributes in KeySchema does not exactly match number of attributes defined"
              + " in AttributeDefinitions");
    }
    return new KeySchema(hash, names.get("RANGE"), Map.copyOf(types));
  }

  /** The key of an item, which may have other attributes. */
  Key of(Item item) {
    return new Key(part(item, hash, MAX_HASH_BYTES), range(item));
  }

  /** A key that stands alone. */
  Key alone(Item key) {
    if (key.attributes().size() != types.size()) {
      throw ServiceException.validation("The provided key element does not match the schema");
    }
    return of(key);
  }

  Item toItem(Key key) {
    return Item.EMPTY
        .with(hash, key.hash())
        .with(range == null ? hash : range, key.range() == null ? key.hash() : key.range());
  }

  boolean has(String attribute) {
    return types.containsKey(attribute);
  }

  private @Nullable Scalar range(Item item) {
    return range == null ? null : part(item, range, MAX_RANGE_BYTES);
  }

  private Scalar part(Item item, String name, int maxBytes) {
    Attribute value = item.get(name);
    if (value == null) {
      throw ServiceException.validation(
          "One or more parameter values were invalid: Missing the key " + name + " in the item");
    }
    if (!(value instanceof Scalar scalar) || !scalar.type().equals(types.get(name))) {
      throw ServiceException.validation(
          "One or more parameter values were invalid: Type mismatch for key " + name);
    }
    if (!(scalar instanceof Scalar.Numeral) && (scalar.size() == 0 || scalar.size() > maxBytes)) {
      throw ServiceException.validation(
          "One or more parameter values were invalid: Size of key "
              + name
              + " must be from 1 to "
              + maxBytes
              + " bytes");
    }
    return scalar;
  }
}
