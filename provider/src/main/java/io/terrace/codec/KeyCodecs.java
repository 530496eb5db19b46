package io.terrace.codec;

import io.terrace.tier.KeyCodec;

/** The built-in codec of keys. */
public final class KeyCodecs {
  private KeyCodecs() {}

  /**
   * A codec of keys of this type. Natively coded are strings, boxed values, UUIDs, enums, and
   * records, whose components are parts themselves; each part carries a tag of its type, so that
   * {@code "1"} and {@code 1} are different keys. Every other key, or component, must either be
   * serializable, and equal ones must serialize to equal bytes, apart from strings, boxed values
   * and UUIDs inside, which always do; or be of a class whose fields are all final, which are its
   * parts then, but for transient ones. Arrays are no keys: they are equal only to themselves.
   *
   * @param keyType the configured type, {@code Object.class} for keys of any type
   * @param allowList what may be written and read; enums and records must be on it too
   * @param loader where classes are loaded from: the cache manager's
   */
  public static <K> KeyCodec<K> of(Class<K> keyType, AllowList allowList, ClassLoader loader) {
    return new CanonicalKeyCodec<>(keyType, allowList, loader);
  }
}
