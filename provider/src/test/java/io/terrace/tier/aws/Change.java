package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** The ways to change what a tier holds of {@link #KEY}, each with what it finds there. */
enum Change {
  SHORT_WRITE(Before.NOTHING, (tier, version) -> write(tier, Size.SHORT, Condition.ALWAYS)),
  SHORT_OVER_SHORT(Before.SHORT, (tier, version) -> write(tier, Size.SHORT, Condition.ALWAYS)),
  SHORT_OVER_LONG(Before.LONG, (tier, version) -> write(tier, Size.SHORT, Condition.ALWAYS)),
  LONG_OVER_SHORT(Before.SHORT, (tier, version) -> write(tier, Size.LONG, Condition.ALWAYS)),
  LONG_OVER_LONG(Before.LONG, (tier, version) -> write(tier, Size.LONG, Condition.ALWAYS)),
  LONG_OVER_REMOVAL(Before.REMOVED, (tier, version) -> write(tier, Size.LONG, Condition.ABSENT)),
  PARTS_OVER_LONG(Before.LONG, (tier, version) -> write(tier, Size.PARTS, Condition.PRESENT)),
  LONG_IF_ABSENT(Before.NOTHING, (tier, version) -> write(tier, Size.LONG, Condition.ABSENT)),
  LONG_AT_A_VERSION(
      Before.LONG, (tier, version) -> write(tier, Size.LONG, Condition.versionIs(version))),
  LONG_THAT_IS_REFUSED(Before.LONG, (tier, version) -> write(tier, Size.LONG, Condition.ABSENT)),
  LONG_OVER_HIDDEN(Before.HIDDEN, (tier, version) -> write(tier, Size.LONG, Condition.ABSENT)),
  LONG_UNDER_A_LEASE(Before.NOTHING, (tier, version) -> fill(tier)),
  REMOVAL_OF_LONG(Before.LONG, (tier, version) -> remove(tier, Condition.PRESENT)),
  DEADLINE(Before.LONG, (tier, version) -> update(tier, version, HeaderUpdate.expireAt(1L << 43))),
  METADATA(
      Before.LONG,
      (tier, version) -> update(tier, version, new HeaderUpdate(null, tagged("blue"), null))),
  STALENESS(Before.SHORT, (tier, version) -> update(tier, version, HeaderUpdate.TO_STALE)),
  PURGE_BY_TAG(
      Before.LONG,
      (tier, version) -> tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED) > version),
  CLEAR(
      Before.LONG,
      (tier, version) -> {
        tier.clear();
        return true;
      });

  static final EntryKey KEY = key("k");
  static final int PART_BYTES = 5 << 20;

  private final Before before;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Step step;

  Change(Before before, Step step) {
    this.before = before;
    this.step = step;
  }

  private interface Step {
    boolean make(AwsTier tier, long version) throws IOException;
  }

  /** What a change finds; entries have the tag red. */
  private enum Before {
    NOTHING,
    SHORT,
    LONG,
    REMOVED,
    HIDDEN
  }

  /** Bodies of an item, of an object, and of one in parts, which does not say its length. */
  private enum Size {
    SHORT(10),
    LONG(100_000),
    PARTS(PART_BYTES + 1);

    private final int length;

    Size(int length) {
      this.length = length;
    }
  }

  /** Brings the key to where the change begins, and returns the version of its entry, if any. */
  long prepare(AwsTier tier) throws IOException {
    if (before == Before.NOTHING) {
      return EntryHeader.UNASSIGNED;
    }
    Size size = before == Before.SHORT ? Size.SHORT : Size.LONG;
    CommitResult result = put(tier, red(), bytes(1, size.length), Condition.ALWAYS);
    if (before == Before.REMOVED) {
      tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    } else if (before == Before.HIDDEN) {
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    }
    return ((CommitResult.Committed) result).version();
  }

  /** Makes the change; whether it was made, or refused. */
  boolean make(AwsTier tier, long version) throws IOException {
    return step.make(tier, version);
  }

  private static boolean write(AwsTier tier, Size size, Condition condition) throws IOException {
    long declared = size == Size.PARTS ? EntryHeader.UNKNOWN_LENGTH : size.length;
    EntryHeader header = red().withBodyLength(declared);
    byte[] body = bytes(2, size.length);
    return put(tier, header, body, condition) instanceof CommitResult.Committed;
  }

  private static boolean fill(AwsTier tier) throws IOException {
    LeaseAnswer answer = tier.lookupOrLease(KEY, Duration.ofMinutes(1));
    if (answer instanceof LeaseAnswer.Granted granted) {
      return write(tier, Size.LONG, Condition.leased(granted.lease()));
    }
    throw new IOException("no lease, but " + answer);
  }

  private static boolean remove(AwsTier tier, Condition condition) throws IOException {
    return tier.purge(KEY, PurgeReason.INVALIDATION, condition);
  }

  private static boolean update(AwsTier tier, long version, HeaderUpdate update)
      throws IOException {
    return tier.updateHeader(KEY, version, update);
  }

  private static EntryHeader red() {
    return header(KEY, EntryHeader.NEVER, tagged("red"));
  }

  private static Metadata tagged(String tag) {
    return new Metadata(null, Set.of(tag), Map.of());
  }
}
