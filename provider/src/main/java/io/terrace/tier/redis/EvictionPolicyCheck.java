package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Warns once of a server that may evict any key: with the state of a partition all of its entries
 * are gone, and with the log the local copies of other processes have to be checked. Thread safe.
 */
final class EvictionPolicyCheck {
  private static final System.Logger LOGGER = System.getLogger(EvictionPolicyCheck.class.getName());
  private static final Pattern POLICY = Pattern.compile("maxmemory_policy:(allkeys-[a-z]+)");

  private final Link link;
  private final AtomicBoolean checked = new AtomicBoolean();

  EvictionPolicyCheck(Link link) {
    this.link = link;
  }

  /**
   * Asks the servers at the first call; blocks for a command. Whoever may not ask is not warned.
   */
  void check() {
    if (checked.get() || !checked.compareAndSet(false, true)) {
      return;
    }
    try {
      for (String server : link.servers()) {
        Request info = new Request(-1, null, Operation.ascii("INFO"), Operation.ascii("memory"));
        byte[] answer = Answers.bytes(link.callOn(server, info));
        Matcher policy = POLICY.matcher(answer == null ? "" : new String(answer, UTF_8));
        if (policy.find()) {
          warn(policy.group(1));
        }
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "the eviction policy of Redis cannot be found out", e);
    }
  }

  private static void warn(String policy) {
    LOGGER.log(
        Level.WARNING,
        "Redis has the maxmemory-policy {0}, which also evicts what keeps caches coherent: set it"
            + " to {1}, which evicts entries alone",
        policy,
        policy.replace("allkeys-", "volatile-"));
  }
}
