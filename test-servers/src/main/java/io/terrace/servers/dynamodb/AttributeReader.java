package io.terrace.servers.dynamodb;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attributes out of the wire format. */
final class AttributeReader {
  private AttributeReader() {}

  /**
   * @throws ServiceException if it is no attribute
   */
  static Attribute attribute(@Nullable Object json) {
    if (!(json instanceof Map<?, ?> map) || map.size() != 1) {
      throw ServiceException.validation(
          "Supplied AttributeValue must contain exactly one of the supported datatypes");
    }
    Map.Entry<?, ?> entry = map.entrySet().iterator().next();
    String type = String.valueOf(entry.getKey());
    Object content = entry.getValue();
    return switch (type) {
      case "S", "N", "B" -> scalar(type, content);
      case "BOOL" -> new Attribute.Flag(Boolean.TRUE.equals(content));
      case "NULL" -> nothing(content);
      case "SS", "NS", "BS" -> set(type, content);
      case "L" -> list(content);
      case "M" -> item(content);
      default -> throw ServiceException.validation("No datatype: " + type);
    };
  }

  /**
   * @throws ServiceException if it is no map of attributes
   */
  static Item item(@Nullable Object json) {
    if (!(json instanceof Map<?, ?> map)) {
      throw ServiceException.validation("Attributes must be a map");
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    map.forEach((name, value) -> attributes.put(String.valueOf(name), attribute(value)));
    return new Item(attributes);
  }

  private static Attribute nothing(@Nullable Object content) {
    if (!Boolean.TRUE.equals(content)) {
      throw ServiceException.validation("Null attribute value types must have the value of true");
    }
    return new Attribute.Nothing();
  }

  private static Scalar scalar(String type, @Nullable Object content) {
    if (!(content instanceof String text)) {
      throw new ServiceException(
          "SerializationException", "Content of type " + type + " must be a string");
    }
    try {
      return switch (type) {
        case "S" -> new Scalar.Text(text);
        case "N" -> new Scalar.Numeral(new BigDecimal(text));
        default -> new Scalar.Binary(ByteBuffer.wrap(Base64.getDecoder().decode(text)));
      };
    } catch (NumberFormatException e) {
      throw ServiceException.validation(
          "A value provided cannot be converted into a number: " + text);
    } catch (IllegalArgumentException e) {
      throw new ServiceException("SerializationException", "Not base64");
    }
  }

  private static ScalarSet set(String type, @Nullable Object content) {
    Set<Scalar> members = new LinkedHashSet<>();
    for (Object element : elements(content)) {
      if (!members.add(scalar(type.substring(0, 1), element))) {
        throw ServiceException.validation("Input collection contains duplicates");
      }
    }
    if (members.isEmpty()) {
      throw ServiceException.validation("An set may not be empty");
    }
    return new ScalarSet(type, members);
  }

  private static AttributeList list(@Nullable Object content) {
    return new AttributeList(
        elements(content).stream().<Attribute>map(AttributeReader::attribute).toList());
  }

  private static List<?> elements(@Nullable Object content) {
    if (!(content instanceof List<?> list)) {
      throw ServiceException.validation("Content must be a list");
    }
    return list;
  }
}
