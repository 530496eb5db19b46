package io.terrace.config;

import io.terrace.Codec;
import io.terrace.TierSettings;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the section of one cache. */
final class CacheParser {
  private static final Set<String> DEFAULTS_KEYS =
      ConfigurationParser.keys(
          "tiers", "heap", "disk", "redis", "aws", "promote", "stream", "coherence");
  static final Set<String> CACHE_KEYS =
      ConfigurationParser.keys(
          "tiers",
          "heap",
          "disk",
          "redis",
          "aws",
          "promote",
          "stream",
          "coherence",
          "expiry",
          "key-type",
          "value-type",
          "value",
          "codec",
          "store-by-value",
          "read-through",
          "write-through",
          "statistics",
          "management");
  private static final String DOTS_HINT =
      " (the name of a cache that has dots must stand in quotes)";
  private static final int FIRST_USER_CODEC_ID = 1000;

  private final ClassLoader loader;
  private final Section defaults;

  CacheParser(ClassLoader loader, Section defaults) {
    this.loader = loader;
    this.defaults = defaults;
  }

  /** The stack of a cache without a section. */
  StackSection defaultStack() {
    defaults.allow(DEFAULTS_KEYS);
    return stack(defaults);
  }

  private static StackSection stack(Section section) {
    List<TierSettings> tiers = TierParser.parse(section);
    return new StackSection(
        tiers == null ? List.of() : tiers,
        PromotionParser.parse(section, tiers),
        StreamParser.parse(section.section("stream")),
        CoherenceParser.parse(section, tiers));
  }

  /** The section of a cache, which inherits from the defaults. */
  CacheSection parse(Section caches, String name) {
    Section cache = caches.section(name, defaults);
    cache.allow(CACHE_KEYS, DOTS_HINT);
    Placed<Class<?>> valueType = ValueKind.check(cache, type(cache, "value-type"));
    return new CacheSection(
        stack(cache),
        type(cache, "key-type"),
        valueType,
        codec(cache),
        ExpiryParser.parse(cache.section("expiry")),
        cache.flag("store-by-value"),
        placedFlag(cache, "read-through"),
        placedFlag(cache, "write-through"),
        cache.flag("statistics"),
        cache.flag("management"));
  }

  private static @Nullable Placed<Boolean> placedFlag(Section cache, String key) {
    Boolean flag = cache.flag(key);
    return flag == null ? null : new Placed<>(flag, cache.place(key));
  }

  private @Nullable Placed<Class<?>> type(Section cache, String key) {
    Class<?> type = load(cache, key);
    return type == null ? null : new Placed<>(type, cache.place(key));
  }

  private @Nullable Class<?> load(Section cache, String key) {
    String name = cache.string(key);
    if (name == null) {
      return null;
    }
    if (name.equals("byte[]")) {
      return byte[].class;
    }
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      cache.problem(key, "names the class '" + name + "', which the class loader does not find");
      return null;
    }
  }

  private @Nullable Codec<?> codec(Section cache) {
    Class<?> type = load(cache, "codec");
    if (type == null) {
      return null;
    }
    if (!Codec.class.isAssignableFrom(type)) {
      cache.problem("codec", "names " + type.getName() + ", which is no " + Codec.class.getName());
      return null;
    }
    try {
      Codec<?> codec = (Codec<?>) type.getConstructor().newInstance();
      if (codec.id() < FIRST_USER_CODEC_ID) {
        cache.problem(
            "codec",
            "names " + type.getName() + ", whose id must be at least 1000, not " + codec.id());
      }
      return codec;
    } catch (InvocationTargetException e) {
      cache.problem(
          "codec", "names " + type.getName() + ", whose constructor threw " + e.getCause());
    } catch (ReflectiveOperationException | LinkageError e) {
      cache.problem(
          "codec",
          "names "
              + type.getName()
              + ", which must be a public class with a public constructor without arguments");
    }
    return null;
  }
}
