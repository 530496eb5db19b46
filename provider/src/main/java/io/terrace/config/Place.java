package io.terrace.config;

import com.typesafe.config.ConfigOrigin;
import java.net.URL;
import java.util.Comparator;

/**
 * Where a setting stands. The natural order is that of the lines within each file.
 *
 * @param origin the file and line, or the property, as messages name it
 * @param file the file alone, or the empty string
 * @param line the line, or -1 where there is none
 * @param path the full path of the setting
 */
record Place(String origin, String file, int line, String path) implements Comparable<Place> {
  private static final Comparator<Place> BY_LINE =
      Comparator.comparing(Place::file).thenComparingInt(Place::line);

  static Place of(ConfigOrigin origin, String path) {
    URL url = origin.url();
    return new Place(
        origin.description(), url == null ? "" : url.toString(), origin.lineNumber(), path);
  }

  @Override
  public int compareTo(Place other) {
    return BY_LINE.compare(this, other);
  }

  @Override
  public String toString() {
    return origin + ": " + path;
  }
}
