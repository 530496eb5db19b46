package io.terrace.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.terrace.InvalidSettingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One section of the configuration: its own settings, and those of the section it inherits from for
 * keys it does not have itself. A key set to {@code null} counts as not set, and inherits nothing.
 *
 * <p>A getter answers null for what is not set and for what is wrong, after adding it to the
 * problems under the section it really stands in.
 */
final class Section {
  private final String path;
  private final ConfigObject own;
  private final @Nullable Section parent;
  private final Problems problems;

  Section(String path, ConfigObject own, @Nullable Section parent, Problems problems) {
    this.path = path;
    this.own = own;
    this.parent = parent;
    this.problems = problems;
  }

  /** Reports own keys that are not among these. */
  void allow(Set<String> keys) {
    allow(keys, "");
  }

  /**
   * Reports own keys that are not among these.
   *
   * @param sectionHint what to add for a key that opens a section
   */
  void allow(Set<String> keys, String sectionHint) {
    for (String key : own.keySet()) {
      if (!keys.contains(key)) {
        String hint = own.get(key) instanceof ConfigObject ? sectionHint : "";
        problem(key, "is not a setting: " + remedy(key, keys, hint));
      }
    }
  }

  private static String remedy(String key, Set<String> keys, String hint) {
    String nearest = NearestName.of(key, keys);
    return nearest == null
        ? "known here are " + String.join(", ", keys) + hint
        : "did you mean '" + nearest + "'?";
  }

  Set<String> ownKeys() {
    return own.keySet();
  }

  boolean isOwn(String key) {
    return own.containsKey(key);
  }

  /** Whether there is a section that this one inherits from. */
  boolean inherits() {
    return parent != null;
  }

  boolean isSet(String key) {
    return value(key) != null;
  }

  /** Where a key stands; for one that is not set, where this section does. */
  Place place(String key) {
    Section owner = owner(key);
    ConfigValue at = owner.own.get(key);
    return Place.of(origin(at == null ? owner.own : at), join(owner.path, key));
  }

  void problem(String key, String problem) {
    problems.add(place(key), problem);
  }

  /** Adds a problem that the settings types found, under the last part of the setting's name. */
  void problem(InvalidSettingException refused) {
    String setting = refused.setting();
    problem(setting.substring(setting.lastIndexOf('.') + 1), refused.problem());
  }

  /** A section inside this one, which inherits from its namesake; empty if it is not there. */
  Section section(String key) {
    return section(key, parent == null ? null : parent.section(key));
  }

  /** A section inside this one that inherits from another. */
  Section section(String key, @Nullable Section inherited) {
    ConfigValue inside = own.get(key);
    if (inside != null && !(inside instanceof ConfigObject)) {
      if (inside.valueType() != ConfigValueType.NULL) {
        problem(key, "must be a section '" + key + " { ... }', not " + shown(inside));
      }
      return new Section(join(path, key), ConfigFactory.empty().root(), null, problems);
    }
    ConfigObject object =
        inside instanceof ConfigObject found ? found : ConfigFactory.empty().root();
    return new Section(join(path, key), object, inherited, problems);
  }

  @Nullable String string(String key) {
    return read(key, "a string", config -> config.getString("v"));
  }

  @Nullable Boolean flag(String key) {
    return read(key, "true or false", config -> config.getBoolean("v"));
  }

  @Nullable Long count(String key) {
    return read(key, "a whole number", config -> Long.valueOf(config.getString("v").trim()));
  }

  @Nullable Long bytes(String key) {
    return read(key, "a size such as 512 KiB, 64 MiB or 10 GiB", config -> config.getBytes("v"));
  }

  @Nullable Duration duration(String key) {
    return read(key, "a duration such as 500ms, 30s, 10m or 1h", config -> config.getDuration("v"));
  }

  /** A constant by its name in lower case, with hyphens. */
  <E extends Enum<E>> @Nullable E oneOf(String key, Class<E> type) {
    List<String> names = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      names.add(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    return read(
        key,
        "one of " + String.join(", ", names),
        config ->
            Enum.valueOf(type, config.getString("v").toUpperCase(Locale.ROOT).replace('-', '_')));
  }

  /** A list of strings; a single string is split at its commas, for properties and variables. */
  @Nullable List<String> strings(String key) {
    return read(key, "a list such as [a, b]", Section::split);
  }

  private static List<String> split(Config config) {
    if (config.getValue("v") instanceof ConfigList) {
      return config.getStringList("v");
    }
    List<String> parts = new ArrayList<>();
    for (String part : config.getString("v").split(",", -1)) {
      parts.add(part.trim());
    }
    return parts.equals(List.of("")) ? List.of() : parts;
  }

  /** Reads the value {@code v} of what it is given; what fails is reported as not as expected. */
  <T> @Nullable T read(String key, String expected, Function<Config, T> reading) {
    ConfigValue value = value(key);
    if (value == null) {
      return null;
    }
    try {
      return reading.apply(value.atKey("v"));
    } catch (ConfigException | IllegalArgumentException e) {
      problem(key, "must be " + expected + ", not " + shown(value));
      return null;
    }
  }

  /**
   * Hands a value that is there to a builder, and adds what that says of it.
   *
   * @return the value if it was accepted
   */
  <T> @Nullable T offer(@Nullable T value, Consumer<T> setter) {
    if (value == null) {
      return null;
    }
    try {
      setter.accept(value);
      return value;
    } catch (InvalidSettingException e) {
      problem(e);
      return null;
    }
  }

  private @Nullable ConfigValue value(String key) {
    ConfigValue value = owner(key).own.get(key);
    return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
  }

  private Section owner(String key) {
    if (own.containsKey(key) || parent == null) {
      return this;
    }
    Section above = parent.owner(key);
    return above.own.containsKey(key) ? above : this;
  }

  private static String join(String path, String key) {
    String quoted = ConfigUtil.joinPath(key);
    return path.isEmpty() ? quoted : path + "." + quoted;
  }

  /** The file and line; a section that properties made has the origin of what is in it. */
  private static ConfigOrigin origin(ConfigValue value) {
    return value instanceof ConfigObject object
            && object.origin().lineNumber() < 0
            && !object.isEmpty()
        ? origin(object.values().iterator().next())
        : value.origin();
  }

  private static String shown(ConfigValue value) {
    return switch (value.valueType()) {
      case OBJECT -> "a section";
      case LIST -> "a list";
      default -> "'" + value.unwrapped() + "'";
    };
  }
}
