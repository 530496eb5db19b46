package io.terrace.servers.dynamodb;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a call is going to do to one item.
 *
 * @param before the item as it is, or null
 * @param after as it is to be, or null
 * @param touched the attributes that an update names; of all others there is nothing to report
 */
record Write(
    Table table, Key key, @Nullable Item before, @Nullable Item after, Set<String> touched) {

  /** Null if it changes nothing. */
  @Nullable Change change() {
    if (Objects.equals(before, after)) {
      return null;
    }
    return after == null
        ? new Change.Remove(table.name(), table.schema().toItem(key))
        : new Change.Put(table.name(), after);
  }

  /** What the client asked to hear of by {@code ReturnValues}, or null. */
  @Nullable Item reported(String returnValues) {
    return switch (returnValues) {
      case "NONE" -> null;
      case "ALL_OLD" -> before;
      case "ALL_NEW" -> after;
      case "UPDATED_OLD" -> part(before);
      case "UPDATED_NEW" -> part(after);
      default -> throw ServiceException.validation("No ReturnValues: " + returnValues);
    };
  }

  private @Nullable Item part(@Nullable Item item) {
    if (item == null) {
      return null;
    }
    Item part = Item.EMPTY;
    for (String name : touched) {
      part = part.with(name, item.get(name));
    }
    return part;
  }
}
