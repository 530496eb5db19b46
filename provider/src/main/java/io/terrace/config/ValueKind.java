package io.terrace.config;

import io.terrace.StreamValue;
import org.jspecify.annotations.Nullable;

/** The two kinds of values, which the setting {@code value} names and their type implies. */
enum ValueKind {
  TYPED,
  STREAM;

  static ValueKind of(Class<?> valueType) {
    return valueType == StreamValue.class ? STREAM : TYPED;
  }

  /**
   * Checks that a cache says the same of its values everywhere.
   *
   * @return the type of the values, with the setting that says it, or null if none does
   */
  static @Nullable Placed<Class<?>> check(Section cache, @Nullable Placed<Class<?>> declared) {
    ValueKind kind = cache.oneOf("value", ValueKind.class);
    ValueKind implied = declared == null ? null : of(declared.value());
    if (kind == STREAM && implied == TYPED) {
      cache.problem(
          "value-type", "must be " + StreamValue.class.getName() + " for streams, or be left out");
    } else if (kind == TYPED && implied == STREAM) {
      cache.problem("value", "must be 'stream' for values of " + StreamValue.class.getName());
    }
    if (kind == STREAM || implied == STREAM) {
      checkStream(cache);
    } else if (cache.isOwn("stream")) {
      cache.problem("stream", "is for streams: set 'value = stream', or remove it");
    }
    return kind == STREAM && declared == null
        ? new Placed<>(StreamValue.class, cache.place("value"))
        : declared;
  }

  private static void checkStream(Section cache) {
    if (cache.isSet("codec")) {
      cache.problem("codec", "cannot be set for streams: their bytes are stored as they are");
    }
    if (Boolean.FALSE.equals(cache.flag("store-by-value"))) {
      cache.problem(
          "store-by-value", "must be true for streams: they are read when they are stored");
    }
  }
}
