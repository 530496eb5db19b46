package io.terrace.tier.redis;

import io.terrace.RedisSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import javax.cache.CacheException;

/**
 * Opens redis tiers; found by {@link java.util.ServiceLoader}. Loads without the libraries that the
 * tier needs.
 */
public final class RedisTierFactory implements TierFactory {

  @Override
  public String tier() {
    return "redis";
  }

  /**
   * Opens the tier of a cache, without a connection: that is made by the first command.
   *
   * @throws CacheException if Jedis or Failsafe is missing
   * @throws io.terrace.InvalidSettingException if the URI cannot be
   * @throws IllegalArgumentException if the settings are of another tier
   */
  @Override
  public Tier open(TierSettings settings, TierContext context) {
    if (settings instanceof RedisSettings redis) {
      require("redis.clients.jedis.Connection", "redis.clients:jedis:8.0.2");
      require("dev.failsafe.CircuitBreaker", "dev.failsafe:failsafe:3.3.2");
      return Opening.open(redis, context);
    }
    throw new IllegalArgumentException("not settings of a redis tier: " + settings.tier());
  }

  private static void require(String className, String coordinates) {
    try {
      Class.forName(className, false, RedisTierFactory.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new CacheException(
          "the redis tier needs a library that is not there: add " + coordinates, e);
    }
  }

  /** What may be loaded only where the libraries are. */
  private static final class Opening {
    static Tier open(RedisSettings settings, TierContext context) {
      return new RedisTier(Links.open(settings), settings, context, RedisTier.LOG_STEPS);
    }
  }
}
