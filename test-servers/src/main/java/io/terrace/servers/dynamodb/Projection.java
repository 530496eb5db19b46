package io.terrace.servers.dynamodb;

import java.util.ArrayList;
import java.util.List;

/** A projection expression: which attributes of an item are wanted. */
record Projection(List<Path> paths) {
  static final Projection ALL = new Projection(List.of());

  static Projection parse(String expression, Placeholders placeholders) {
    Tokens tokens = new Tokens(expression, placeholders);
    List<Path> paths = new ArrayList<>();
    do {
      Path path = tokens.path();
      if (!path.isTop()) {
        throw ServiceException.validation(
            "This server projects no parts of attributes: " + expression);
      }
      if (paths.contains(path)) {
        throw ServiceException.validation(
            "Invalid ProjectionExpression: Two document paths overlap with each other;");
      }
      paths.add(path);
    } while (tokens.take(","));
    tokens.expectEnd();
    return new Projection(List.copyOf(paths));
  }

  Item of(Item item) {
    if (paths.isEmpty()) {
      return item;
    }
    Item part = Item.EMPTY;
    for (Path path : paths) {
      part = part.with(path.top(), path.in(item));
    }
    return part;
  }
}
