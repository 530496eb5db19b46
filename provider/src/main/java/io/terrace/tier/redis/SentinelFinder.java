package io.terrace.tier.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** Asks sentinels for the master, beginning with the one that answered last. */
final class SentinelFinder implements Finder {
  private final List<HostAndPort> sentinels;
  private final String master;
  private final Dialer dialer;
  private int first;

  SentinelFinder(List<HostAndPort> sentinels, String master, Dialer dialer) {
    this.sentinels = sentinels;
    this.master = master;
    this.dialer = dialer;
  }

  @Override
  public View find(@Nullable View last) throws IOException {
    IOException failure = new IOException("no sentinel was asked");
    long end = System.nanoTime() + dialer.commandNanos();
    for (int i = 0; i < sentinels.size() && (i == 0 || System.nanoTime() - end < 0); i++) {
      try {
        return View.of(ask(sentinels.get(first)));
      } catch (IOException | JedisException e) {
        failure = new ConnectionLostException("no sentinel tells of " + master, false, e);
        first = (first + 1) % sentinels.size();
      }
    }
    throw failure;
  }

  private HostAndPort ask(HostAndPort sentinel) throws IOException {
    Wire wire = dialer.dialSentinel(sentinel);
    try {
      wire.sendCommand(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", master);
      if (wire.getOne() instanceof List<?> found
          && found.size() == 2
          && found.get(0) instanceof byte[] host
          && found.get(1) instanceof byte[] port) {
        return new HostAndPort(
            new String(host, StandardCharsets.UTF_8),
            Integer.parseInt(new String(port, StandardCharsets.UTF_8)));
      }
      throw new IOException(sentinel + " does not watch a master " + master + " (redis.uri)");
    } catch (NumberFormatException e) {
      throw new IOException(sentinel + " names a port that is none", e);
    } finally {
      Wire.close(wire);
    }
  }
}
