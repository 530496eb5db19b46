package io.terrace.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.terrace.TerraceConfigurationException;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads file and properties into one HOCON tree, with includes and substitutions done. */
final class HoconReader {
  static final String ROOT = "terrace";

  private HoconReader() {}

  /**
   * The tree. Properties come first, then the file. Substitutions see both, then system properties,
   * then the environment.
   *
   * @throws TerraceConfigurationException if the file cannot be read or has no section {@code
   *     terrace}
   */
  static Config read(@Nullable URL file, ClassLoader loader, Map<String, Object> overrides) {
    try {
      Config own = file == null ? ConfigFactory.empty() : parse(file, loader);
      Config system = ConfigFactory.parseProperties((Properties) System.getProperties().clone());
      return properties(overrides)
          .withFallback(own)
          .withFallback(system.withoutPath(ROOT))
          .resolve();
    } catch (ConfigException e) {
      throw new TerraceConfigurationException(
          "the configuration cannot be read: " + e.getMessage(), e);
    }
  }

  private static Config parse(URL file, ClassLoader loader) {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setAllowMissing(false).setClassLoader(loader);
    if (!file.getProtocol().equals("file")) {
      options = options.setIncluder(new ArchiveIncluder(file));
    }
    Config parsed = ConfigFactory.parseURL(file, options);
    if (!parsed.isEmpty() && !parsed.root().containsKey(ROOT)) {
      throw noRoot(file, parsed.root());
    }
    return parsed;
  }

  private static TerraceConfigurationException noRoot(URL file, Map<String, ConfigValue> root) {
    for (Map.Entry<String, ConfigValue> entry : root.entrySet()) {
      if (NearestName.of(entry.getKey(), List.of(ROOT)) != null) {
        return new TerraceConfigurationException(
            "the configuration is not valid: "
                + entry.getValue().origin().description()
                + ": "
                + entry.getKey()
                + " is not a section: did you mean 'terrace'?");
      }
    }
    return new TerraceConfigurationException(
        "the configuration is not valid: "
            + file
            + " has no section 'terrace': all settings stand in 'terrace { ... }'");
  }

  private static Config properties(Map<String, Object> overrides) {
    Config config = ConfigFactory.empty();
    for (Map.Entry<String, Object> entry : new TreeMap<>(overrides).entrySet()) {
      String origin = "property " + entry.getKey();
      Object value = entry.getValue();
      ConfigValue parsed =
          value instanceof Number || value instanceof Boolean || value instanceof List
              ? ConfigValueFactory.fromAnyRef(value, origin)
              : ConfigValueFactory.fromAnyRef(value.toString(), origin);
      config = config.withValue(path(entry.getKey()), parsed);
    }
    return config;
  }

  private static String path(String property) {
    try {
      return ConfigUtil.joinPath(ConfigUtil.splitPath(property));
    } catch (ConfigException e) {
      throw new TerraceConfigurationException(
          "the name of the property '" + property + "' is not a path: " + e.getMessage(), e);
    }
  }
}
