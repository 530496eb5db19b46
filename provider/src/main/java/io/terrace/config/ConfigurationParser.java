package io.terrace.config;

import com.typesafe.config.Config;
import io.terrace.TerraceConfiguration;
import java.net.URL;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns the tree of a configuration into what a manager needs, or into the list of its problems.
 */
final class ConfigurationParser {
  private static final Set<String> ROOT_KEYS = keys("serialization", "defaults", "caches");
  private static final Set<String> SERIALIZATION_KEYS = keys("allow");

  private final ClassLoader loader;
  private final Problems problems = new Problems();

  private ConfigurationParser(ClassLoader loader) {
    this.loader = loader;
  }

  /**
   * Reads and checks everything.
   *
   * @param overrides settings by their full path
   * @throws io.terrace.TerraceConfigurationException with all that is wrong
   */
  static ManagerConfiguration parse(
      @Nullable URL file, ClassLoader loader, Map<String, Object> overrides) {
    ConfigurationParser parser = new ConfigurationParser(loader);
    ManagerConfiguration parsed = parser.parse(HoconReader.read(file, loader, overrides));
    parser.problems.throwIfAny();
    return parsed;
  }

  /** The keys in this order, in which messages list them. */
  static Set<String> keys(String... names) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(List.of(names)));
  }

  private ManagerConfiguration parse(Config config) {
    Section root = new Section("", config.root(), null, problems).section(HoconReader.ROOT);
    root.allow(ROOT_KEYS);
    CacheParser caches = new CacheParser(loader, root.section("defaults"));
    return new ManagerConfiguration(caches.defaultStack(), allowed(root), sections(root, caches));
  }

  private List<String> allowed(Section root) {
    Section serialization = root.section("serialization");
    serialization.allow(SERIALIZATION_KEYS);
    List<String> patterns = serialization.strings("allow");
    if (patterns == null) {
      return List.of();
    }
    TerraceConfiguration.Builder<?, ?> check =
        TerraceConfiguration.builder(Object.class, Object.class);
    for (String pattern : patterns) {
      serialization.offer(pattern, check::allowClasses);
    }
    return List.copyOf(patterns);
  }

  private static Map<String, CacheSection> sections(Section root, CacheParser parser) {
    Section caches = root.section("caches");
    Map<String, CacheSection> sections = new TreeMap<>();
    for (String name : caches.ownKeys()) {
      sections.put(name, parser.parse(caches, name));
    }
    return Collections.unmodifiableMap(sections);
  }
}
