package io.terrace.config;

import io.terrace.Codec;
import io.terrace.CoherenceSettings;
import io.terrace.HeapSettings;
import io.terrace.PromotionPolicy;
import io.terrace.TerraceConfiguration;
import io.terrace.TerraceConfigurationException;
import java.net.URI;
import java.net.URL;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration file and the properties of one cache manager say of its caches. Immutable
 * and thread safe; only {@link #load} does I/O.
 */
public final class ManagerConfiguration {
  private static final String PREFIX = "terrace.";

  private final StackSection defaultStack;
  private final List<String> allowedClasses;
  private final Map<String, CacheSection> sections;

  ManagerConfiguration(
      StackSection defaultStack, List<String> allowedClasses, Map<String, CacheSection> sections) {
    this.defaultStack = defaultStack;
    this.allowedClasses = allowedClasses;
    this.sections = sections;
  }

  /**
   * Reads the configuration of a manager. A URI with the scheme {@code classpath}, {@code file} or
   * {@code jar}, or without a scheme but ending in {@code .conf}, names the file, which must exist;
   * any other URI is just the name of a manager, whose file is {@code terrace.conf} on the class
   * path if there is one. Without a file, and for what it does not say, the defaults hold.
   *
   * @param uri the URI of the manager
   * @param loader finds resources and the classes that the file names
   * @param properties settings by their full path ({@code terrace.defaults.tiers}), which override
   *     the file; those without the prefix {@code terrace.} are ignored
   * @throws TerraceConfigurationException if the file cannot be read, or with all that is wrong in
   *     it
   */
  public static ManagerConfiguration load(
      URI uri, ClassLoader loader, @Nullable Properties properties) {
    URL file = ConfigurationSource.find(uri, loader);
    Map<String, Object> overrides = overrides(properties);
    return file == null && overrides.isEmpty()
        ? new ManagerConfiguration(
            new StackSection(
                Collections.singletonList(HeapSettings.builder().build()),
                PromotionPolicy.ALWAYS,
                null,
                CoherenceSettings.DEFAULTS),
            Collections.emptyList(),
            Collections.emptyMap())
        : ConfigurationParser.parse(file, loader, overrides);
  }

  private static Map<String, Object> overrides(@Nullable Properties properties) {
    Map<String, Object> overrides = new HashMap<>();
    if (properties == null) {
      return overrides;
    }
    for (String name : properties.stringPropertyNames()) { // those of the defaults as well
      if (name.startsWith(PREFIX)) {
        overrides.put(name, properties.getProperty(name));
      }
    }
    for (Map.Entry<Object, Object> entry : properties.entrySet()) { // numbers and lists as well
      if (entry.getKey() instanceof String name && name.startsWith(PREFIX)) {
        overrides.put(name, entry.getValue());
      }
    }
    return overrides;
  }

  /**
   * The configuration of a cache the application creates. A {@link TerraceConfiguration} stays as
   * it is, but for {@code serialization.allow}, which holds for all caches of the manager. To any
   * other the file adds tiers and codec, and its word wherever the request has JSR-107's default.
   *
   * @throws TerraceConfigurationException if request and file contradict each other
   */
  @SuppressWarnings("unchecked") // a file cannot say more of a codec than its class
  public <K, V> TerraceConfiguration<K, V> resolve(
      String cacheName, Configuration<K, V> requested) {
    if (requested instanceof TerraceConfiguration<K, V> complete) {
      return allowing(complete);
    }
    CacheSection section = sections.get(cacheName);
    if (section == null) {
      return build(requested, defaultStack, null);
    }
    return build(section.complete(requested), section.stack(), (Codec<V>) section.codec());
  }

  private <K, V> TerraceConfiguration<K, V> allowing(TerraceConfiguration<K, V> complete) {
    if (complete.allowedClasses().containsAll(allowedClasses)) {
      return complete;
    }
    return complete.allowing(allowedClasses);
  }

  private <K, V> TerraceConfiguration<K, V> build(
      Configuration<K, V> standard, StackSection stack, @Nullable Codec<V> codec) {
    TerraceConfiguration.Builder<K, V> builder = TerraceConfiguration.builder(standard);
    stack.addTo(builder, ValueKind.of(standard.getValueType()));
    for (String pattern : allowedClasses) {
      builder.allowClasses(pattern);
    }
    if (codec != null) {
      builder.valueCodec(codec);
    }
    return builder.build();
  }

  /**
   * The configuration of a cache that has a section of its own, for a manager that is asked for a
   * cache nobody created; null for any other name.
   *
   * @throws TerraceConfigurationException if the section needs what only code can give
   */
  public @Nullable TerraceConfiguration<?, ?> declared(String cacheName) {
    CacheSection section = sections.get(cacheName);
    return section == null ? null : resolve(cacheName, new MutableConfiguration<>());
  }

  /** The names with a section of their own, sorted; unmodifiable. */
  public Set<String> declaredNames() {
    return sections.keySet();
  }
}
