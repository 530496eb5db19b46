package io.terrace.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import java.net.MalformedURLException;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/**
 * Lets a file in a jar include its neighbours by their relative names, as a file on disk can: the
 * library resolves such names against hierarchical URLs only and would leave the include out
 * without a word. What is no neighbour is looked for as the library does.
 */
final class ArchiveIncluder implements ConfigIncluder {
  private final URL base;
  private final @Nullable ConfigIncluder fallback;

  ArchiveIncluder(URL base) {
    this(base, null);
  }

  private ArchiveIncluder(URL base, @Nullable ConfigIncluder fallback) {
    this.base = base;
    this.fallback = fallback;
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder other) {
    return new ArchiveIncluder(base, fallback == null ? other : fallback.withFallback(other));
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    try {
      return ConfigFactory.parseURL(
              new URL(base, what), context.parseOptions().setAllowMissing(false))
          .root();
    } catch (MalformedURLException | ConfigException.IO e) {
      return fallback == null ? ConfigFactory.empty().root() : fallback.include(context, what);
    }
  }
}
