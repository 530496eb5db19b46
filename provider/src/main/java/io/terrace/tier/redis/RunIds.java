package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which runs of Redis hold a cache: a server that starts, or takes over for another, has an id that
 * no other had. One number stands for those of all servers of a cluster. Thread safe.
 */
final class RunIds {
  private static final Pattern RUN_ID = Pattern.compile("run_id:([0-9a-f]{1,64})");

  private final Link link;
  private final Map<String, Long> known = new HashMap<>();

  RunIds(Link link) {
    this.link = link;
  }

  /**
   * A number for the servers there are now. One that does not answer now counts as it did; one that
   * may not say who it is counts as 0. Blocks for a command of each server.
   */
  synchronized long current() {
    try {
      List<String> servers = link.servers();
      for (String server : servers) {
        ask(server);
      }
      known.keySet().retainAll(servers);
    } catch (IOException e) {
      // as they were: without an answer there are no numbers either
    }
    return known.values().stream().mapToLong(Long::longValue).sum();
  }

  private void ask(String server) {
    try {
      Request info = new Request(-1, null, Operation.ascii("INFO"), Operation.ascii("server"));
      byte[] answer = Answers.bytes(link.callOn(server, info));
      Matcher id = RUN_ID.matcher(answer == null ? "" : new String(answer, US_ASCII));
      known.put(server, id.find() ? number(id.group(1)) : 0);
    } catch (RefusedException e) {
      if (e.code().equals("NOPERM")) {
        known.put(server, 0L);
      }
    } catch (IOException e) {
      // as it was
    }
  }

  /** 64 of the 160 bits. */
  private static long number(String runId) {
    return Long.parseUnsignedLong(runId.substring(0, Math.min(16, runId.length())), 16);
  }
}
