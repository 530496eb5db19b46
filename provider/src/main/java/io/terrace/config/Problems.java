package io.terrace.config;

import io.terrace.TerraceConfigurationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Everything found wrong in one configuration, to be reported together. Not thread safe. */
final class Problems {
  private final Set<Problem> found = new LinkedHashSet<>();

  /** Adds a problem; the same one again is not added, as one line may be read for many caches. */
  void add(Place place, String problem) {
    found.add(new Problem(place, problem));
  }

  void throwIfAny() {
    if (found.isEmpty()) {
      return;
    }
    List<Problem> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparing(Problem::place));
    StringBuilder message = new StringBuilder("the configuration is not valid");
    if (sorted.size() == 1) {
      message.append(": ").append(sorted.get(0));
    } else {
      message.append(", ").append(sorted.size()).append(" problems:");
      for (Problem problem : sorted) {
        message.append("\n  ").append(problem);
      }
    }
    throw new TerraceConfigurationException(message.toString());
  }

  private record Problem(Place place, String text) {
    @Override
    public String toString() {
      return place + " " + text;
    }
  }
}
