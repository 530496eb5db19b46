package io.terrace.tier.redis;

import io.terrace.RedisSettings;

/** Opens links to the servers that settings name. */
final class Links {
  private Links() {}

  /**
   * A link that connects at its first command.
   *
   * @throws io.terrace.InvalidSettingException if the URI cannot be
   */
  static Link open(RedisSettings settings) {
    return new RedisLink(settings);
  }
}
