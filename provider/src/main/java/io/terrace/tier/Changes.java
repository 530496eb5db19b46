package io.terrace.tier;

import java.util.List;

/**
 * What one atomic step changed in one partition of a shared tier. Numbers grow but are not dense:
 * that nothing lies between two steps is known from {@code previous}.
 *
 * @param partition from 0 on
 * @param previous the number of the step before; 0 for the first
 * @param sequence the number of this step: the highest version that it gave
 * @param origin the {@link ChangeFeed#origin} of who made it
 * @param changes one or more
 */
public record Changes(
    int partition, long previous, long sequence, long origin, List<Change> changes) {

  public Changes {
    changes = List.copyOf(changes);
  }
}
