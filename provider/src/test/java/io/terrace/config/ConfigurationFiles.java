package io.terrace.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.terrace.TerraceConfiguration;
import io.terrace.TerraceConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;

/** Writes configuration files for tests and loads them. */
final class ConfigurationFiles {
  private ConfigurationFiles() {}

  /** What a file of this text in the directory says. */
  static ManagerConfiguration load(Path directory, String text) {
    return load(directory, text, new Properties());
  }

  static ManagerConfiguration load(Path directory, String text, Properties properties) {
    return ManagerConfiguration.load(
        write(directory, "test.conf", text).toUri(),
        ConfigurationFiles.class.getClassLoader(),
        properties);
  }

  /** The message with which a file of this text is refused. */
  static String refusal(Path directory, String text) {
    TerraceConfigurationException refused =
        catchThrowableOfType(TerraceConfigurationException.class, () -> load(directory, text));
    return Objects.requireNonNull(Objects.requireNonNull(refused, "nothing refused").getMessage());
  }

  /** The configuration of a cache that the file is known to declare. */
  static TerraceConfiguration<?, ?> declared(ManagerConfiguration configuration, String cache) {
    return Objects.requireNonNull(configuration.declared(cache), cache);
  }

  static Path write(Path directory, String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
