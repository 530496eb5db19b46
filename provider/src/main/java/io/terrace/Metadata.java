package io.terrace;

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

  public Metadata {
    tags = tags.isEmpty() ? Set.of() : Collections.unmodifiableSet(new LinkedHashSet<>(tags));
    attributes =
        attributes.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** Whether nothing was said. */
  public boolean isEmpty() {
    return contentType == null && tags.isEmpty() && attributes.isEmpty();
  }
}
