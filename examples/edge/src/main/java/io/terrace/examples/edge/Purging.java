package io.terrace.examples.edge;

import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.TierReceipt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpStatus;

/**
 * How a PURGE is answered: it purges the URL, or with a Surrogate-Key header everything that has
 * one of these keys. With {@code Soft-Purge: 1} what was there is stale from now on, and not gone.
 * Only clients of this machine may.
 */
final class Purging {
  private final ResponseCache cache;

  Purging(ResponseCache cache) {
    this.cache = cache;
  }

  void answer(Exchange exchange, SocketAddress client) throws IOException {
    if (!isLocal(client)) {
      exchange.say(HttpStatus.FORBIDDEN_403, "only clients of this machine may purge");
      return;
    }
    PurgeMode mode =
        "1".equals(exchange.headers().get("Soft-Purge")) ? PurgeMode.SOFT : PurgeMode.HARD;
    List<String> lines = new ArrayList<>();
    for (String keys : exchange.headers().getValuesList("Surrogate-Key")) {
      for (String tag : keys.strip().split("\\s+", -1)) {
        lines.add(line("key " + tag, mode, cache.purgeTag(tag, mode)));
      }
    }
    if (lines.isEmpty()) {
      PurgeReceipt receipt = cache.purge(exchange.key(), mode);
      lines.add(line("url " + exchange.key(), mode, receipt));
    }
    exchange.say(HttpStatus.OK_200, String.join("\n", lines));
  }

  private static boolean isLocal(SocketAddress client) {
    if (!(client instanceof InetSocketAddress address)) {
      return false;
    }
    InetAddress ip = address.getAddress();
    return ip != null && ip.isLoopbackAddress();
  }

  private static String line(String what, PurgeMode mode, PurgeReceipt receipt) {
    StringBuilder line = new StringBuilder(mode == PurgeMode.SOFT ? "soft purge of " : "purge of ");
    line.append(what).append(':');
    for (TierReceipt tier : receipt.tiers()) {
      line.append(' ').append(tier.tier()).append(' ');
      line.append(tier.outcome().name().toLowerCase(Locale.ROOT));
    }
    return line.toString();
  }
}
