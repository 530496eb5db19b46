package io.terrace.codec;

import io.terrace.Codec;

/** The built-in codecs of values. */
public final class Codecs {
  private Codecs() {}

  /**
   * A codec of values of this type: byte arrays and strings as they are (ids 1 and 2), any other
   * type (id 3) with a tag for boxed values, UUIDs, strings and byte arrays, or Java serialization.
   *
   * @param valueType the configured type, {@code Object.class} for values of any type
   * @param allowList what may be written and read
   * @param loader where classes are loaded from: the cache manager's
   */
  @SuppressWarnings("unchecked") // V is what valueType says
  public static <V> Codec<V> of(Class<V> valueType, AllowList allowList, ClassLoader loader) {
    if (valueType == (Class<?>) byte[].class) {
      return (Codec<V>) new BytesCodec();
    }
    if (valueType == (Class<?>) String.class) {
      return (Codec<V>) new StringCodec();
    }
    return new TaggedCodec<>(valueType, allowList, loader);
  }
}
