package io.terrace.servers.dynamodb;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An update expression: what it makes of an item. */
record Update(List<Action> actions) {
  static final Update NONE = new Update(List.of());

  /** One change; its operands see the item as it was before all of them. */
  interface Action {
    Path path();

    Item applied(Item result, Item before);
  }

  /** {@code SET path = value}. */
  record Assign(Path path, Operand value) implements Action {
    @Override
    public Item applied(Item result, Item before) {
      Attribute assigned = value.in(before);
      if (assigned == null) {
        throw Operand.missing();
      }
      return path.edited(result, assigned);
    }
  }

  /** {@code REMOVE path}. */
  record Remove(Path path) implements Action {
    @Override
    public Item applied(Item result, Item before) {
      return path.edited(result, null);
    }
  }

  /** {@code ADD path value}: to a number or a set. */
  record Add(Path path, Attribute value) implements Action {
    @Override
    public Item applied(Item result, Item before) {
      return path.edited(result, sum(path.in(before)));
    }

    private Attribute sum(@Nullable Attribute old) {
      if (old == null) {
        return value;
      }
      if (value instanceof Scalar.Numeral && old instanceof Scalar.Numeral) {
        Operand.Literal left = new Operand.Literal(old);
        return new Operand.Sum(left, 1, new Operand.Literal(value)).in(Item.EMPTY);
      }
      if (value instanceof ScalarSet more
          && old instanceof ScalarSet set
          && set.type().equals(more.type())) {
        return set.plus(more);
      }
      throw wrongType();
    }
  }

  /** {@code DELETE path value}: from a set. */
  record Delete(Path path, Attribute value) implements Action {
    @Override
    public Item applied(Item result, Item before) {
      Attribute old = path.in(before);
      if (old == null) {
        return path.edited(result, null);
      }
      if (value instanceof ScalarSet less
          && old instanceof ScalarSet set
          && set.type().equals(less.type())) {
        ScalarSet rest = set.minus(less);
        return path.edited(result, rest.members().isEmpty() ? null : rest);
      }
      throw wrongType();
    }
  }

  Item applied(Item before) {
    Item result = before;
    for (Action action : actions) {
      result = action.applied(result, before);
    }
    return result;
  }

  /** The item's attributes that it changes, in part or as a whole. */
  Set<String> touched() {
    return actions.stream().map(action -> action.path().top()).collect(Collectors.toSet());
  }

  /** Whether it changes a part of an attribute. */
  boolean hasParts() {
    return actions.stream().anyMatch(action -> !action.path().isTop());
  }

  private static ServiceException wrongType() {
    return ServiceException.validation(
        "An operand in the update expression has an incorrect data type");
  }
}
