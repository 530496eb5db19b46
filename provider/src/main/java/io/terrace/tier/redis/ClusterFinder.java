package io.terrace.tier.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** Asks any server of a cluster for the owners of all slots. */
final class ClusterFinder implements Finder {
  private final List<HostAndPort> seeds;
  private final Dialer dialer;

  ClusterFinder(List<HostAndPort> seeds, Dialer dialer) {
    this.seeds = seeds;
    this.dialer = dialer;
  }

  // In another order each time, so that one that hangs does not always use up the time.
  @Override
  public View find(@Nullable View last) throws IOException {
    List<HostAndPort> known = last == null ? new ArrayList<>(seeds) : last.serversAnd(seeds);
    Collections.shuffle(known);
    IOException failure = new IOException("no server of the cluster was asked");
    long end = System.nanoTime() + dialer.commandNanos();
    for (int i = 0; i < known.size() && (i == 0 || System.nanoTime() - end < 0); i++) {
      try {
        return ask(known.get(i));
      } catch (IOException | JedisException e) {
        failure = new ConnectionLostException("no server of the cluster tells its slots", false, e);
      }
    }
    throw failure;
  }

  private View ask(HostAndPort server) throws IOException {
    Wire wire = dialer.dial(server);
    try {
      wire.sendCommand(Command.CLUSTER, "SLOTS");
      return parse(wire.getOne(), server);
    } catch (ClassCastException | IndexOutOfBoundsException | NullPointerException e) {
      throw new IOException(server + " tells of its slots what cannot be read", e);
    } finally {
      Wire.close(wire);
    }
  }

  /** Of {@code [first, last, [host, port, ...], replicas...]} for each range. */
  private static View parse(@Nullable Object reply, HostAndPort asked) throws IOException {
    @Nullable HostAndPort[] owners = new @Nullable HostAndPort[View.SLOTS];
    Set<HostAndPort> servers = new LinkedHashSet<>();
    if (reply instanceof List<?> ranges) {
      for (Object element : ranges) {
        List<?> range = (List<?>) element;
        HostAndPort owner = server((List<?>) range.get(2), asked);
        int last = ((Long) range.get(1)).intValue();
        for (int slot = ((Long) range.get(0)).intValue(); slot <= last; slot++) {
          owners[slot] = owner;
        }
        servers.add(owner);
      }
    }
    if (servers.isEmpty()) {
      throw new IOException(asked + " is of no cluster that has slots (redis.uri)");
    }
    return View.of(servers, owners);
  }

  /** A server that does not know its own name leaves it out. */
  private static HostAndPort server(List<?> node, HostAndPort asked) {
    String host =
        node.get(0) instanceof byte[] name ? new String(name, StandardCharsets.UTF_8) : "";
    int port = ((Long) node.get(1)).intValue();
    return new HostAndPort(host.isEmpty() || host.equals("?") ? asked.getHost() : host, port);
  }
}
