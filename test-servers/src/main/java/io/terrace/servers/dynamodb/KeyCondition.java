package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** A key condition expression: one hash value, and maybe a condition of the range value. */
record KeyCondition(Scalar hash, @Nullable Condition ofRange, KeySchema schema) {
  static KeyCondition parse(String expression, Placeholders placeholders, KeySchema schema) {
    List<Condition> terms = new ArrayList<>();
    flatten(ConditionParser.parse(expression, placeholders), terms);
    Scalar hash = null;
    Condition ofRange = null;
    for (Condition term : terms) {
      Scalar value = hash(term, schema.hash());
      if (value != null && hash == null) {
        hash = value;
      } else if (ofRange == null && schema.range() != null && isOf(schema.range(), term)) {
        ofRange = term;
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

  private static @Nullable Scalar hash(Condition term, String name) {
    return term instanceof Condition.Comparison equal
            && equal.operator().equals("=")
            && isPath(equal.left(), name)
            && equal.right() instanceof Operand.Literal literal
            && literal.value() instanceof Scalar value
        ? value
        : null;
  }

  /** The items of the hash value. */
  NavigableMap<Key, Item> partition(NavigableMap<Key, Item> items) {
    return items.subMap(new Key(hash, null), true, Key.lastOf(hash), true);
  }

  boolean holds(Key key) {
    return ofRange == null || ofRange.holds(schema.toItem(key));
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
    if (term instanceof Condition.Between between) {
      return isPath(between.operand(), range);
    }
    return term instanceof Condition.Comparison comparison
        && !comparison.operator().equals("<>")
        && isPath(comparison.left(), range);
  }

  private static boolean isPath(Operand operand, String name) {
    return operand instanceof Path path && path.isTop() && path.top().equals(name);
  }
}
