package io.terrace.config;

import io.terrace.TerraceConfigurationException;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/** Finds the configuration file of a manager, without reading it. */
final class ConfigurationSource {
  private static final String DEFAULT_RESOURCE = "terrace.conf";

  private ConfigurationSource() {}

  /**
   * The file the URI names, or else the one on the class path; null if there is none.
   *
   * @throws TerraceConfigurationException if the URI names a file that does not exist
   */
  static @Nullable URL find(URI uri, ClassLoader loader) {
    String scheme = uri.getScheme();
    if (scheme == null) {
      String path = uri.getPath();
      return path != null && path.endsWith(".conf")
          ? existing(uri, resourceOrFile(path, loader))
          : loader.getResource(DEFAULT_RESOURCE);
    }
    if (scheme.equalsIgnoreCase("classpath")) {
      return existing(uri, loader.getResource(relative(uri.getSchemeSpecificPart())));
    }
    if (scheme.equalsIgnoreCase("file")) {
      String path = uri.isOpaque() ? uri.getSchemeSpecificPart() : uri.getPath();
      return existing(uri, file(path));
    }
    if (scheme.equalsIgnoreCase("jar")) {
      return url(uri); // a missing one is found out by reading it
    }
    return loader.getResource(DEFAULT_RESOURCE);
  }

  private static @Nullable URL resourceOrFile(String path, ClassLoader loader) {
    URL resource = loader.getResource(relative(path));
    return resource == null ? file(path) : resource;
  }

  private static String relative(String path) {
    int start = 0;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    return path.substring(start);
  }

  private static @Nullable URL file(String path) {
    File file = new File(path);
    return file.isFile() ? url(file.toURI()) : null;
  }

  private static URL url(URI uri) {
    try {
      return uri.toURL();
    } catch (MalformedURLException | IllegalArgumentException e) {
      throw new TerraceConfigurationException(
          "the manager's URI '" + uri + "' names no file that can be read", e);
    }
  }

  private static URL existing(URI uri, @Nullable URL found) {
    if (found == null) {
      throw new TerraceConfigurationException(
          "the manager's URI '"
              + uri
              + "' names a configuration file that does not exist: create it, or use another URI"
              + " (classpath:<resource>, file:<path>)");
    }
    return found;
  }
}
