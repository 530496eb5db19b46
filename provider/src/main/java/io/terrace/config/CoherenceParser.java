package io.terrace.config;

import io.terrace.CoherenceSettings;
import io.terrace.TierSettings;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the section {@code coherence}: how local copies follow other processes. What is inherited,
 * and what is said for all caches, is left out where a stack has no shared tier; a cache that says
 * it itself has to have one.
 */
final class CoherenceParser {
  static final Set<String> KEYS =
      ConfigurationParser.keys(
          "heartbeat", "lease", "on-lost-contact", "load-lease", "verify-after");

  private static final CoherenceSettings DEFAULTS = CoherenceSettings.DEFAULTS;
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private CoherenceParser() {}

  /**
   * Reads the section inside another.
   *
   * @param tiers the stack, or null if it is wrong, which leaves only the settings to check
   */
  static CoherenceSettings parse(Section section, @Nullable List<TierSettings> tiers) {
    Section coherence = section.section("coherence");
    coherence.allow(KEYS);
    CoherenceSettings settings = settings(coherence);
    if (tiers == null || TierOrder.hasShared(tiers)) {
      return settings;
    }
    if (section.inherits() && section.isOwn("coherence") && section.isSet("coherence")) {
      section.problem(
          "coherence",
          "is for stacks with a shared tier: add redis or aws to the tiers, or remove it");
    }
    return DEFAULTS;
  }

  private static CoherenceSettings settings(Section coherence) {
    CoherenceSettings settings = followed(coherence);
    CoherenceSettings.LostContact lost =
        coherence.oneOf("on-lost-contact", CoherenceSettings.LostContact.class);
    if (lost == CoherenceSettings.LostContact.SERVE_STALE) {
      settings = settings.servingStale();
    }
    Duration loadLease = coherence.offer(coherence.duration("load-lease"), settings::withLoadLease);
    settings = loadLease == null ? settings : settings.withLoadLease(loadLease);
    Duration age = coherence.offer(coherence.duration("verify-after"), settings::withVerifyAfter);
    return age == null ? settings : settings.withVerifyAfter(age);
  }

  /** Heartbeat and lease; one that the section does not say itself gives way to the other. */
  private static CoherenceSettings followed(Section coherence) {
    Duration heartbeat =
        coherence.offer(
            coherence.duration("heartbeat"), value -> DEFAULTS.withHeartbeat(value, value));
    Duration lease =
        coherence.offer(
            coherence.duration("lease"), value -> DEFAULTS.withHeartbeat(SHORTEST, value));
    Duration beat = heartbeat == null ? DEFAULTS.heartbeat() : heartbeat;
    Duration trust = lease == null ? DEFAULTS.lease() : lease;
    if (trust.compareTo(beat) >= 0) {
      return DEFAULTS.withHeartbeat(beat, trust);
    }
    if (lease == null || !coherence.isOwn("lease")) {
      return DEFAULTS.withHeartbeat(beat, beat);
    }
    if (heartbeat == null || !coherence.isOwn("heartbeat")) {
      return DEFAULTS.withHeartbeat(trust, trust);
    }
    coherence.offer(lease, value -> DEFAULTS.withHeartbeat(beat, value));
    return DEFAULTS;
  }
}
