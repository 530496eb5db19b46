/** The redis tier: entries and the log of their changes in Redis or Valkey, through Jedis. */
@NullMarked
package io.terrace.tier.redis;

import org.jspecify.annotations.NullMarked;
