package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;

/** A key condition expression: one hash value, and maybe a condition of the range value. */
record KeyCondition(Scalar hash, List<Condition> ofRange, KeySchema schema) {
  static KeyCondition parse(String expression, Placeholders placeholders, KeySchema schema) {
    List<Condition> terms = new ArrayList<>();
    flatten(ConditionParser.parse(expression, placeholders), terms);
    Scalar hash = null;
    List<Condition> ofRange = new ArrayList<>();
    for (Condition term : terms) {
      if (term instanceof Condition.Comparison equal
          && equal.operator().equals("=")
          && isPath(equal.left(), schema.hash())
          && equal.right() instanceof Operand.Literal literal
          && literal.value() instanceof Scalar value) {
        hash = value;
      } else if (schema.range() != null && isOf(schema.range(), term)) {
        ofRange.add(term);
      } else {
        throw ServiceException.validation("Query key condition not supported: " + expression);
      }
    }
    if (hash == null) {
      throw ServiceException.validation(
          "Query condition missed key schema element: " + schema.hash());
    }
    return new KeyCondition(hash, ofRange, schema);
  }

  /** The items of the hash value. */
  NavigableMap<Key, Item> partition(NavigableMap<Key, Item> items) {
    return items.subMap(new Key(hash, null), true, Key.lastOf(hash), true);
  }

  boolean holds(Key key) {
    Item item = schema.toItem(key);
    return ofRange.stream().allMatch(condition -> condition.holds(item));
  }

  private static void flatten(Condition condition, List<Condition> terms) {
    if (condition instanceof Condition.And and) {
      flatten(and.left(), terms);
      flatten(and.right(), terms);
    } else {
      terms.add(condition);
    }
  }

  private static boolean isOf(String range, Condition term) {
    if (term instanceof Condition.BeginsWith begins) {
      return isPath(begins.operand(), range);
    }
    return term instanceof Condition.Comparison comparison
        && !comparison.operator().equals("<>")
        && isPath(comparison.left(), range);
  }

  private static boolean isPath(Operand operand, String name) {
    return operand instanceof Path path && path.isTop() && path.top().equals(name);
  }
}
