package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.io.Serializable;
import java.time.Duration;

/**
 * How the local copies of a cache follow what other processes change. Immutable; of no effect
 * without a shared tier.
 *
 * @param heartbeat how often to look for changes that nobody told of: the longest that another
 *     process may serve an older value while it reaches the shared tier; at least 1 ms
 * @param lease how long local copies are trusted without contact to the shared tier; at least
 *     {@code heartbeat}
 * @param onLostContact what becomes of local copies after that
 * @param loadLease how long one process may take to load an entry before another tries; at least 1
 *     ms
 * @param verifyAfter where the shared tier tells of no changes: how long local copies are served
 *     before they are compared with it, which is the longest that another process may serve an
 *     older value; at least 1 ms
 */
public record CoherenceSettings(
    Duration heartbeat,
    Duration lease,
    LostContact onLostContact,
    Duration loadLease,
    Duration verifyAfter)
    implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private static final String HEARTBEAT = "coherence.heartbeat";
  private static final String LEASE = "coherence.lease";
  private static final String LOAD_LEASE = "coherence.load-lease";
  private static final String VERIFY_AFTER = "coherence.verify-after";

  /** What becomes of local copies without contact to the shared tier. */
  public enum LostContact {
    /** They are not served: reads fail until the contact is back. */
    BYPASS,
    /** They are served, however old they are, until their deadline. */
    SERVE_STALE
  }

  /**
   * A heartbeat and a look at the version a second, 5 seconds of trust, 10 seconds to load; reads
   * fail after that.
   */
  public static final CoherenceSettings DEFAULTS =
      new CoherenceSettings(
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          LostContact.BYPASS,
          Duration.ofSeconds(10),
          Duration.ofSeconds(1));

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public CoherenceSettings {
    requireNonNull(onLostContact, "onLostContact");
    Require.atLeastOneMilli(HEARTBEAT, heartbeat);
    Require.atLeastOneMilli(LEASE, lease);
    Require.atLeastOneMilli(LOAD_LEASE, loadLease);
    Require.atLeastOneMilli(VERIFY_AFTER, verifyAfter);
    if (lease.compareTo(heartbeat) < 0) {
      throw new InvalidSettingException(
          LEASE, "must be at least " + HEARTBEAT + ", which is " + heartbeat + ", not " + lease);
    }
  }

  /** The same with another heartbeat and lease. */
  public CoherenceSettings withHeartbeat(Duration newHeartbeat, Duration newLease) {
    return new CoherenceSettings(newHeartbeat, newLease, onLostContact, loadLease, verifyAfter);
  }

  /** The same, but local copies are served without contact, too. */
  public CoherenceSettings servingStale() {
    return new CoherenceSettings(heartbeat, lease, LostContact.SERVE_STALE, loadLease, verifyAfter);
  }

  /** The same with another time to load. */
  public CoherenceSettings withLoadLease(Duration newLoadLease) {
    return new CoherenceSettings(heartbeat, lease, onLostContact, newLoadLease, verifyAfter);
  }

  /** The same with another time after which copies are compared. */
  public CoherenceSettings withVerifyAfter(Duration newVerifyAfter) {
    return new CoherenceSettings(heartbeat, lease, onLostContact, loadLease, newVerifyAfter);
  }
}
