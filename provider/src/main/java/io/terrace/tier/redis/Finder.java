package io.terrace.tier.redis;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/** Finds out which servers there are. Called by one thread at a time. */
interface Finder {
  /**
   * Looks, which takes no longer than some time-outs.
   *
   * @param last what was found before, or null
   * @throws IOException if nobody can tell
   * @throws JedisException if nobody can be asked
   */
  View find(@Nullable View last) throws IOException;

  /** The way to find the servers of an address. */
  static Finder of(Address address, Dialer dialer) {
    return switch (address.kind()) {
      case SERVER -> {
        View only = View.of(address.hosts().get(0));
        yield last -> only;
      }
      case CLUSTER -> new ClusterFinder(address.hosts(), dialer);
      case SENTINEL -> new SentinelFinder(address.hosts(), address.master(), dialer);
    };
  }
}
