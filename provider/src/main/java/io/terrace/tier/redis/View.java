package io.terrace.tier.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/** Which servers there are, and which has which slots, as it was seen once. Thread safe. */
final class View {
  static final int SLOTS = 16384;

  private final List<HostAndPort> servers;

  /** The owners, some of which may have been corrected later; null if one server has all. */
  private final @Nullable AtomicReferenceArray<@Nullable HostAndPort> owners;

  private View(
      Set<HostAndPort> servers, @Nullable AtomicReferenceArray<@Nullable HostAndPort> owners) {
    this.servers = List.copyOf(servers);
    this.owners = owners;
  }

  static View of(HostAndPort server) {
    return new View(Set.of(server), null);
  }

  static View of(Set<HostAndPort> servers, @Nullable HostAndPort[] owners) {
    return new View(servers, new AtomicReferenceArray<>(owners));
  }

  /** The servers that have slots; at least one. */
  List<HostAndPort> servers() {
    return servers;
  }

  /** The server of a slot; any if it is -1. */
  HostAndPort of(int slot) throws IOException {
    if (owners == null) {
      return servers.get(0);
    }
    if (slot < 0) {
      return servers.get(Math.floorMod(System.nanoTime() >> 10, servers.size()));
    }
    HostAndPort owner = owners.get(slot);
    if (owner == null) {
      throw new ConnectionLostException(
          "no server has slot " + slot + " of the cluster", false, null);
    }
    return owner;
  }

  void correct(int slot, HostAndPort owner) {
    if (owners != null && slot >= 0 && slot < SLOTS) {
      owners.set(slot, owner);
    }
  }

  /** Whether a server has, or may have got, slots. */
  boolean has(HostAndPort server) {
    if (servers.contains(server) || owners == null) {
      return servers.contains(server);
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      if (server.equals(owners.get(slot))) {
        return true;
      }
    }
    return false;
  }

  /** The servers, and others to ask if none of these answers. */
  List<HostAndPort> serversAnd(List<HostAndPort> others) {
    List<HostAndPort> all = new ArrayList<>(servers);
    for (HostAndPort other : others) {
      if (!all.contains(other)) {
        all.add(other);
      }
    }
    return all;
  }
}
