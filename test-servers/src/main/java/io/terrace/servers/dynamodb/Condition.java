package io.terrace.servers.dynamodb;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold of an item; of one that is absent, as of one without attributes. */
interface Condition {
  boolean holds(Item item);

  /** {@code left AND right}. */
  record And(Condition left, Condition right) implements Condition {
    @Override
    public boolean holds(Item item) {
      return left.holds(item) && right.holds(item);
    }
  }

  /** {@code left OR right}. */
  record Or(Condition left, Condition right) implements Condition {
    @Override
    public boolean holds(Item item) {
      return left.holds(item) || right.holds(item);
    }
  }

  /** {@code NOT condition}. */
  record Not(Condition condition) implements Condition {
    @Override
    public boolean holds(Item item) {
      return !condition.holds(item);
    }
  }

  /** {@code left = right} and the like; values of different types differ, and have no order. */
  record Comparison(Operand left, String operator, Operand right) implements Condition {
    @Override
    public boolean holds(Item item) {
      Attribute a = left.in(item);
      Attribute b = right.in(item);
      return switch (operator) {
        case "=" -> a != null && a.equals(b);
        case "<>" -> a == null || !a.equals(b);
        case "<" -> ordered(a, b) && order(a, b) < 0;
        case "<=" -> ordered(a, b) && order(a, b) <= 0;
        case ">" -> ordered(a, b) && order(a, b) > 0;
        default -> ordered(a, b) && order(a, b) >= 0;
      };
    }

    private static boolean ordered(@Nullable Attribute a, @Nullable Attribute b) {
      return a instanceof Scalar && b instanceof Scalar && a.type().equals(b.type());
    }

    private static int order(@Nullable Attribute a, @Nullable Attribute b) {
      return a instanceof Scalar left && b instanceof Scalar right ? left.compareTo(right) : 0;
    }
  }

  /** {@code operand BETWEEN low AND high}. */
  record Between(Operand operand, Operand low, Operand high) implements Condition {
    @Override
    public boolean holds(Item item) {
      return new Comparison(operand, ">=", low).holds(item)
          && new Comparison(operand, "<=", high).holds(item);
    }
  }

  /** {@code operand IN (values)}. */
  record In(Operand operand, List<Operand> values) implements Condition {
    @Override
    public boolean holds(Item item) {
      Attribute value = operand.in(item);
      return value != null && values.stream().anyMatch(one -> value.equals(one.in(item)));
    }
  }

  /** {@code attribute_exists(path)}. */
  record Exists(Path path) implements Condition {
    @Override
    public boolean holds(Item item) {
      return path.in(item) != null;
    }
  }

  /** {@code attribute_type(path, type)}. */
  record Typed(Path path, Attribute type) implements Condition {
    @Override
    public boolean holds(Item item) {
      Attribute value = path.in(item);
      return value != null && type.content().equals(value.type());
    }
  }

  /** {@code begins_with(operand, prefix)}, of strings and bytes. */
  record BeginsWith(Operand operand, Operand prefix) implements Condition {
    @Override
    public boolean holds(Item item) {
      if (operand.in(item) instanceof Scalar whole
          && prefix.in(item) instanceof Scalar start
          && whole.type().equals(start.type())) {
        byte[] wholeBytes = whole.bytes();
        byte[] startBytes = start.bytes();
        return startBytes.length <= wholeBytes.length
            && Arrays.equals(wholeBytes, 0, startBytes.length, startBytes, 0, startBytes.length);
      }
      return false;
    }
  }

  /** {@code contains(operand, part)}: a part of a string or bytes, a member of a set or list. */
  record Contains(Operand operand, Operand part) implements Condition {
    @Override
    public boolean holds(Item item) {
      Attribute whole = operand.in(item);
      Attribute wanted = part.in(item);
      if (whole instanceof ScalarSet set) {
        return wanted instanceof Scalar && set.members().contains(wanted);
      }
      if (whole instanceof AttributeList list) {
        return wanted != null && list.elements().contains(wanted);
      }
      if (whole instanceof Scalar.Binary bytes && wanted instanceof Scalar.Binary some) {
        return Collections.indexOfSubList(bytes.list(), some.list()) >= 0;
      }
      return whole instanceof Scalar.Text text
          && wanted instanceof Scalar.Text substring
          && text.value().contains(substring.value());
    }
  }
}
