package io.terrace;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a user says about an entry beside its value. Immutable; both collections keep their order.
 *
 * @param contentType the media type of the value, or null where nobody said
 * @param tags names shared by entries that are purged together
 * @param attributes free pairs of strings
 */
public record Metadata(
    @Nullable String contentType, Set<String> tags, Map<String, String> attributes) {

  /** No content type, no tags, no attributes. */
  public static final Metadata NONE = new Metadata(null, Set.of(), Map.of());

  /**
   * @throws NullPointerException if a tag, or a name or value of an attribute, is null
   * @throws IllegalArgumentException if a string has half of a surrogate pair, as such a string has
   *     no bytes in UTF-8
   */
  public Metadata {
    if (contentType != null) {
      requireText("content type", contentType);
    }
    for (String tag : tags) {
      requireText("tag", tag);
    }
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      requireText("name of an attribute", attribute.getKey());
      requireText("value of an attribute", attribute.getValue());
    }
    tags = tags.isEmpty() ? Set.of() : Collections.unmodifiableSet(new LinkedHashSet<>(tags));
    attributes =
        attributes.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  private static void requireText(String what, String text) {
    int length = requireNonNull(text, what).length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == length
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new IllegalArgumentException(
              "a " + what + " has half of a surrogate pair at index " + i);
        }
        i++;
      }
    }
  }

  /** Whether nothing was said. */
  public boolean isEmpty() {
    return contentType == null && tags.isEmpty() && attributes.isEmpty();
  }
}
