package io.terrace.tier;

/** How a commit ended. */
public sealed interface CommitResult {

  /**
   * The entry is visible.
   *
   * @param version the version it has in this tier
   * @param sizeBytes the size of its body
   */
  record Committed(long version, long sizeBytes) implements CommitResult {}

  /**
   * The condition did not hold; nothing was changed.
   *
   * @param currentVersion what the tier holds, or {@link EntryHeader#UNASSIGNED} for none
   */
  record Refused(long currentVersion) implements CommitResult {}
}
