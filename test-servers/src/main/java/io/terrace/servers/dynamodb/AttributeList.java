package io.terrace.servers.dynamodb;

import java.util.List;

/** {@code L}. */
record AttributeList(List<Attribute> elements) implements Attribute {
  @Override
  public String type() {
    return "L";
  }

  @Override
  public Object content() {
    return elements.stream().map(Attribute::toJson).toList();
  }

  @Override
  public int size() {
    return 3 + elements.stream().mapToInt(element -> element.size() + 1).sum();
  }
}
