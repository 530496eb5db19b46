package io.terrace.servers.dynamodb;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An error that goes to the client. */
final class ServiceException extends RuntimeException {
  private static final String NAMESPACE = "com.amazonaws.dynamodb.v20120810#";

  private final String type;
  private final transient Map<String, Object> details;

  ServiceException(String type, String message) {
    this(type, message, Map.of());
  }

  private ServiceException(String type, String message, Map<String, Object> details) {
    super(message, null, false, false);
    this.type = type;
    this.details = details;
  }

  static ServiceException validation(String message) {
    return new ServiceException("ValidationException", message);
  }

  static ServiceException conditionFailed(@Nullable Item current) {
    return new ServiceException(
        "ConditionalCheckFailedException",
        "The conditional request failed",
        current == null ? Map.of() : Map.of("Item", current.content()));
  }

  /** The same error with one more member, of which clients know by the API reference. */
  ServiceException with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(details);
    more.put(name, value);
    return new ServiceException(type, String.valueOf(getMessage()), more);
  }

  String type() {
    return type;
  }

  Map<String, Object> details() {
    return details;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("__type", NAMESPACE + type);
    json.put("message", String.valueOf(getMessage()));
    json.putAll(details);
    return json;
  }
}
