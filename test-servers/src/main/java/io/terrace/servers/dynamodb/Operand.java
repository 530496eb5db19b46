package io.terrace.servers.dynamodb;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an expression computes with. */
interface Operand {
  /** Its value for an item, or null if it has none. */
  @Nullable Attribute in(Item item);

  /** {@code :value}. */
  record Literal(Attribute value) implements Operand {
    @Override
    public Attribute in(Item item) {
      return value;
    }
  }

  /** {@code size(path)}. */
  record Size(Path path) implements Operand {
    @Override
    public @Nullable Attribute in(Item item) {
      Attribute value = path.in(item);
      int size;
      if (value instanceof Scalar.Text text) {
        size = text.value().length();
      } else if (value instanceof Scalar.Binary binary) {
        size = binary.size();
      } else if (value instanceof ScalarSet set) {
        size = set.members().size();
      } else if (value instanceof AttributeList list) {
        size = list.elements().size();
      } else if (value instanceof Item map) {
        size = map.attributes().size();
      } else {
        return null;
      }
      return new Scalar.Numeral(BigDecimal.valueOf(size));
    }
  }

  /** {@code if_not_exists(path, otherwise)}. */
  record IfNotExists(Path path, Operand otherwise) implements Operand {
    @Override
    public @Nullable Attribute in(Item item) {
      Attribute value = path.in(item);
      return value == null ? otherwise.in(item) : value;
    }
  }

  /** {@code list_append(first, second)}. */
  record ListAppend(Operand first, Operand second) implements Operand {
    @Override
    public Attribute in(Item item) {
      if (first.in(item) instanceof AttributeList left
          && second.in(item) instanceof AttributeList right) {
        List<Attribute> all =
            Stream.concat(left.elements().stream(), right.elements().stream()).toList();
        return new AttributeList(all);
      }
      throw ServiceException.validation(
          "An operand in the update expression has an incorrect data type: list_append");
    }
  }

  /** {@code left + right}, and {@code left - right} with a sign of -1. */
  record Sum(Operand left, int sign, Operand right) implements Operand {
    @Override
    public Attribute in(Item item) {
      BigDecimal augend = number(left.in(item));
      BigDecimal addend = number(right.in(item));
      return new Scalar.Numeral(sign > 0 ? augend.add(addend) : augend.subtract(addend));
    }

    private static BigDecimal number(@Nullable Attribute value) {
      if (value == null) {
        throw missing();
      }
      if (value instanceof Scalar.Numeral numeral) {
        return numeral.value();
      }
      throw ServiceException.validation(
          "An operand in the update expression has an incorrect data type: " + value.type());
    }
  }

  /** That a value is asked for which the item does not have. */
  static ServiceException missing() {
    return ServiceException.validation(
        "The provided expression refers to an attribute that does not exist in the item");
  }
}
