package io.terrace.config;

import com.typesafe.config.Config;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code expiry} of a cache: one of JSR-107's policies and its duration. */
final class ExpiryParser {
  private static final Set<String> KEYS =
      ConfigurationParser.keys("created", "accessed", "modified", "touched");

  private ExpiryParser() {}

  /** The policy, or null if there is none. */
  static @Nullable Factory<ExpiryPolicy> parse(Section expiry) {
    expiry.allow(KEYS);
    String policy = null;
    Duration duration = null;
    for (String key : KEYS) {
      if (expiry.isSet(key)) {
        if (policy != null) {
          expiry.problem(
              key, "cannot stand beside '" + policy + "': a cache has one expiry policy");
        }
        policy = key;
        duration = duration(expiry, key);
      }
    }
    return policy == null || duration == null ? null : factory(policy, duration);
  }

  private static @Nullable Duration duration(Section expiry, String key) {
    Duration duration =
        expiry.read(
            key, "a duration such as 500ms, 30s, 10m or 1h, or eternal", ExpiryParser::duration);
    if (duration != null && !duration.isEternal() && duration.getDurationAmount() < 1) {
      expiry.problem(key, "must be at least 1 ms, or eternal");
      return null;
    }
    return duration;
  }

  private static Duration duration(Config config) {
    return config.getString("v").equals("eternal")
        ? Duration.ETERNAL
        : new Duration(TimeUnit.MILLISECONDS, Math.max(0, config.getDuration("v").toMillis()));
  }

  private static Factory<ExpiryPolicy> factory(String policy, Duration duration) {
    if (duration.isEternal()) {
      return EternalExpiryPolicy.factoryOf();
    }
    return switch (policy) {
      case "created" -> CreatedExpiryPolicy.factoryOf(duration);
      case "accessed" -> AccessedExpiryPolicy.factoryOf(duration);
      case "modified" -> ModifiedExpiryPolicy.factoryOf(duration);
      default -> TouchedExpiryPolicy.factoryOf(duration);
    };
  }
}
