package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an attribute is in an item.
 *
 * @param steps a name, then names (strings) and indexes (integers)
 */
record Path(List<Object> steps) implements Operand {
  /** The attribute of the item itself. */
  String top() {
    return (String) steps.get(0);
  }

  boolean isTop() {
    return steps.size() == 1;
  }

  @Override
  public @Nullable Attribute in(Item item) {
    Attribute current = item;
    for (Object step : steps) {
      if (step instanceof String name && current instanceof Item map) {
        current = map.get(name);
      } else if (step instanceof Integer index && current instanceof AttributeList list) {
        current = index < list.elements().size() ? list.elements().get(index) : null;
      } else {
        return null;
      }
    }
    return current;
  }

  /**
   * The item with another value there, or without it.
   *
   * @throws ServiceException if what it would be in is not there
   */
  Item edited(Item item, @Nullable Attribute value) {
    return (Item) edited(item, 0, value);
  }

  boolean overlaps(Path other) {
    int common = Math.min(steps.size(), other.steps.size());
    return steps.subList(0, common).equals(other.steps.subList(0, common));
  }

  private Attribute edited(@Nullable Attribute container, int depth, @Nullable Attribute value) {
    boolean last = depth == steps.size() - 1;
    Object step = steps.get(depth);
    if (step instanceof String name && container instanceof Item map) {
      return map.with(name, last ? value : edited(map.get(name), depth + 1, value));
    }
    if (step instanceof Integer index && container instanceof AttributeList list) {
      List<Attribute> elements = list.elements();
      Attribute old = index < elements.size() ? elements.get(index) : null;
      return edited(elements, index, last ? value : edited(old, depth + 1, value));
    }
    throw ServiceException.validation(
        "The document path provided in the update expression is invalid for update");
  }

  private static AttributeList edited(
      List<Attribute> elements, int index, @Nullable Attribute value) {
    List<Attribute> copy = new ArrayList<>(elements);
    if (index < copy.size()) {
      copy.remove(index);
    }
    if (value != null) {
      copy.add(Math.min(index, copy.size()), value);
    }
    return new AttributeList(copy);
  }
}
