package io.terrace.servers.dynamodb;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of a call, or of a part of one. Immutable. */
final class Request {
  private final Map<String, Object> parameters = new LinkedHashMap<>();

  /**
   * @throws ServiceException if it is no JSON object
   */
  Request(@Nullable Object json) {
    if (!(json instanceof Map<?, ?> map)) {
      throw new ServiceException("SerializationException", "Not an object: " + json);
    }
    map.forEach(
        (name, value) -> {
          if (value != null) {
            parameters.put(String.valueOf(name), value);
          }
        });
  }

  /** This request, if it has no other parameters than these. */
  Request only(Set<String> known) {
    for (String name : parameters.keySet()) {
      if (!known.contains(name)) {
        throw ServiceException.validation("This server does not know the parameter " + name);
      }
    }
    return this;
  }

  boolean has(String name) {
    return parameters.containsKey(name);
  }

  Set<String> names() {
    return parameters.keySet();
  }

  String text(String name) {
    if (require(name) instanceof String text) {
      return text;
    }
    throw wrong(name);
  }

  String text(String name, String otherwise) {
    return has(name) ? text(name) : otherwise;
  }

  boolean flag(String name, boolean otherwise) {
    return has(name) ? Boolean.TRUE.equals(require(name)) : otherwise;
  }

  int number(String name, int otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    if (require(name) instanceof BigDecimal number) {
      return number.intValue();
    }
    throw wrong(name);
  }

  Item item(String name) {
    return AttributeReader.item(require(name));
  }

  Request object(String name) {
    return new Request(require(name));
  }

  List<Request> objects(String name) {
    if (!(require(name) instanceof List<?> list)) {
      throw wrong(name);
    }
    List<Request> objects = new ArrayList<>();
    list.forEach(element -> objects.add(new Request(element)));
    return objects;
  }

  Map<String, Object> map(String name) {
    return object(name).parameters;
  }

  /** As it came. */
  Map<String, Object> toJson() {
    return parameters;
  }

  private Object require(String name) {
    Object value = parameters.get(name);
    if (value == null) {
      throw ServiceException.validation("The parameter " + name + " is required");
    }
    return value;
  }

  private static ServiceException wrong(String name) {
    return ServiceException.validation("The parameter " + name + " is of the wrong type");
  }
}
