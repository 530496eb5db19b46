package io.terrace.servers.dynamodb;

import java.util.Map;

/** A value of one of DynamoDB's types. Immutable. */
interface Attribute {
  /** As {@code S} or {@code NS}. */
  String type();

  /** What the wire format has beside the type. */
  Object content();

  /** What it counts in bytes towards the limits, without its name. */
  int size();

  default Map<String, Object> toJson() {
    return Map.of(type(), content());
  }

  /** {@code BOOL}. */
  record Flag(boolean value) implements Attribute {
    @Override
    public String type() {
      return "BOOL";
    }

    @Override
    public Object content() {
      return value;
    }

    @Override
    public int size() {
      return 1;
    }
  }

  /** {@code NULL}. */
  record Nothing() implements Attribute {
    @Override
    public String type() {
      return "NULL";
    }

    @Override
    public Object content() {
      return true;
    }

    @Override
    public int size() {
      return 1;
    }
  }
}
