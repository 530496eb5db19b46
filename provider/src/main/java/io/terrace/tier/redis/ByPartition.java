package io.terrace.tier.redis;

import io.terrace.tier.EntryKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Divides keys by their partition, in groups of a bounded size. */
final class ByPartition {
  /** More would make one command hold up the others of its server for too long. */
  static final int MAX_GROUP = 128;

  private ByPartition() {}

  /**
   * Keys of one partition.
   *
   * @param positions where they stand in the list that was divided
   */
  record Group(int partition, List<Integer> positions) {
    int size() {
      return positions.size();
    }

    List<EntryKey> pick(List<EntryKey> keys) {
      List<EntryKey> picked = new ArrayList<>(positions.size());
      for (int position : positions) {
        picked.add(keys.get(position));
      }
      return picked;
    }
  }

  static List<Group> group(KeySpace keys, List<EntryKey> all) {
    @Nullable Group[] open = new Group[keys.partitions()];
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int partition = keys.partitionOf(all.get(i));
      Group group = open[partition];
      if (group == null || group.size() == MAX_GROUP) {
        group = new Group(partition, new ArrayList<>());
        open[partition] = group;
        groups.add(group);
      }
      group.positions.add(i);
    }
    return groups;
  }
}
