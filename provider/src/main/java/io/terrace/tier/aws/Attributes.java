package io.terrace.tier.aws;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The names of the attributes, short since each is stored and paid for with every item, and their
 * values, which nobody vouches for when they come from the table.
 */
final class Attributes {
  static final String PARTITION = "p";
  static final String SORT = "k";

  /** The key of the user, in full. */
  static final String KEY = "q";

  static final String VERSION = "v";

  /** A number of 64 random bits that is another one after every write of the item. */
  static final String STAMP = "u";

  static final String HEADER = "h";

  /** The body of a short entry. */
  static final String BODY = "b";

  /** The name of the object that holds the body of a long entry. */
  static final String OBJECT = "s";

  /** The deadline, in UTC milliseconds. */
  static final String DEADLINE = "e";

  /** When DynamoDB may delete the item, in UTC seconds: the attribute of its TTL. */
  static final String TTL = "x";

  /** The version that was removed: there is no entry. */
  static final String REMOVED = "d";

  static final String CLEARED = "c";

  /** Another value after every change of the control items, and of a notice. */
  static final String CHANGE = "n";

  static final String TAG = "t";
  static final String HARD = "f";
  static final String SOFT = "g";

  static final String OWNER = "o";
  static final String UNTIL = "w";

  /** All attributes of an entry but its body. */
  static final List<String> HEAD =
      List.of(PARTITION, SORT, KEY, VERSION, STAMP, HEADER, OBJECT, DEADLINE, REMOVED);

  private static final Pattern NAME = Pattern.compile("#([a-z])");

  private Attributes() {}

  /** What the names with a hash sign in expressions stand for, some of which DynamoDB reserves. */
  static Map<String, String> names(String... expressions) {
    Map<String, String> names = new HashMap<>();
    for (String expression : expressions) {
      Matcher each = NAME.matcher(expression);
      while (each.find()) {
        names.put(each.group(), each.group(1));
      }
    }
    return names;
  }

  /** An expression that stands for these attributes. */
  static String projection(List<String> names) {
    return "#" + String.join(", #", names);
  }

  static AttributeValue number(long number) {
    return AttributeValue.fromN(Long.toString(number));
  }

  /**
   * @param bytes not changed by anybody from now on
   */
  static AttributeValue bytes(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
  }

  /** A number of 64 bits; null if the attribute is absent or something else. */
  static @Nullable Long number(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    String number = value == null ? null : value.n();
    if (number == null) {
      return null;
    }
    try {
      return new BigDecimal(number).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      return null;
    }
  }

  /** Bytes, which belong to the caller; null if the attribute is absent or something else. */
  static byte @Nullable [] bytes(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    SdkBytes bytes = value == null ? null : value.b();
    return bytes == null ? null : bytes.asByteArrayUnsafe();
  }

  /** A string; null if the attribute is absent or something else. */
  static @Nullable String text(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    return value == null ? null : value.s();
  }
}
