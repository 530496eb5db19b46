package io.terrace.linearizability;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Configurations none of which covers another. Not thread safe. */
final class Frontier {
  private record Place(long state, BitSet changed) {}

  private final Map<Place, List<Configuration>> byPlace = new HashMap<>();

  /** Adds a configuration, unless one that is here covers it; whether it was added. */
  boolean add(Configuration added) {
    List<Configuration> same =
        byPlace.computeIfAbsent(
            new Place(added.state(), added.changed()), place -> new ArrayList<>(1));
    for (Configuration present : same) {
      if (present.covers(added)) {
        return false;
      }
    }
    same.removeIf(added::covers);
    same.add(added);
    return true;
  }

  /** Those that are here now. */
  List<Configuration> all() {
    List<Configuration> all = new ArrayList<>();
    byPlace.values().forEach(all::addAll);
    return all;
  }
}
