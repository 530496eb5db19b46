package io.terrace.servers;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Redis cluster of masters without replicas, each with its share of the slots. Starting one takes
 * about two seconds: a node serves no slots before. Thread safe, but for moves of one slot at a
 * time. A node can be killed and restarted like any other {@link RedisServer}.
 */
public final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 16_384;
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String MIGRATE_TIMEOUT_MILLIS = "5000";
  private static final int MIGRATE_KEYS = 1_000;

  private final List<RedisServer> nodes;

  private RedisCluster(List<RedisServer> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /**
   * Starts and forms a cluster. While a master is down the others refuse everything after 5
   * seconds, as Redis does by default; {@code cluster-require-full-coverage no} changes that.
   *
   * @param config lines of each node's {@code redis.conf}
   * @throws IllegalStateException if it does not form within 30 seconds
   */
  public static RedisCluster start(int masters, String... config) {
    List<RedisServer> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < masters; i++) {
        nodes.add(startNode(config));
      }
      RedisCluster cluster = new RedisCluster(nodes);
      cluster.form();
      return cluster;
    } catch (RuntimeException e) {
      nodes.forEach(RedisServer::close);
      throw e;
    }
  }

  private static RedisServer startNode(String... config) {
    return RedisServer.builder()
        .cluster()
        .config("cluster-node-timeout 5000")
        .config(config)
        .start();
  }

  private void form() {
    int masters = nodes.size();
    for (int i = 0; i < masters; i++) {
      RedisServer node = nodes.get(i);
      int first = SLOTS * i / masters;
      int last = SLOTS * (i + 1) / masters - 1;
      node.command("CLUSTER", "ADDSLOTSRANGE", Integer.toString(first), Integer.toString(last));
      node.command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
      String busPort = busPort(node);
      for (RedisServer other : nodes.subList(0, i)) {
        other.command("CLUSTER", "MEET", node.host(), Integer.toString(node.port()), busPort);
      }
    }
    awaitFormed();
  }

  private static String busPort(RedisServer node) {
    List<?> setting = (List<?>) required(node.command("CONFIG", "GET", "cluster-port"));
    return String.valueOf(setting.get(1));
  }

  /**
   * Returns once every node knows all nodes and serves; for use after a node was restarted.
   *
   * @throws IllegalStateException if that takes more than 30 seconds
   */
  public void awaitFormed() {
    for (RedisServer node : nodes) {
      Await.until(DEADLINE, () -> isFormed(node), () -> node + " serves no cluster: " + node.log());
    }
  }

  private boolean isFormed(RedisServer node) {
    String info = text(node.command("CLUSTER", "INFO"));
    return info.contains("cluster_state:ok")
        && info.contains("cluster_slots_ok:" + SLOTS)
        && info.contains("cluster_known_nodes:" + nodes.size() + "\r\n");
  }

  /** The nodes in the order of their first shares: the first one begins at slot 0. */
  public List<RedisServer> nodes() {
    return nodes;
  }

  /** One of {@link #nodes()}. */
  public RedisServer node(int index) {
    return nodes.get(index);
  }

  /** The nodes' {@link RedisServer#uri()}. */
  public List<URI> uris() {
    return nodes.stream().map(RedisServer::uri).toList();
  }

  /** Kills a node (SIGKILL) with its slots; {@link RedisServer#restart()} brings it back. */
  public void kill(int index) {
    node(index).kill();
  }

  /** The slot of a key, by its hash tag if it has one. */
  public int slotOf(String key) {
    return Math.toIntExact((Long) required(anyRunning().command("CLUSTER", "KEYSLOT", key)));
  }

  /** The node that serves a slot, as it says itself. */
  public RedisServer ownerOf(int slot) {
    for (RedisServer node : nodes) {
      if (node.isRunning() && serves(node, slot)) {
        return node;
      }
    }
    throw new IllegalStateException("No running node serves slot " + slot);
  }

  /** Moves a slot with its keys; afterwards the former owner answers MOVED. */
  public void moveSlot(int slot, RedisServer target) {
    beginMove(slot, target);
    moveKeys(slot, target);
    finishMove(slot, target);
  }

  /** Opens a move: from now on the owner answers ASK for the slot's keys that it does not have. */
  public void beginMove(int slot, RedisServer target) {
    RedisServer source = ownerOf(slot);
    if (source == target) {
      throw new IllegalArgumentException(target + " has slot " + slot + " already");
    }
    String number = Integer.toString(slot);
    target.command("CLUSTER", "SETSLOT", number, "IMPORTING", id(source));
    source.command("CLUSTER", "SETSLOT", number, "MIGRATING", id(target));
  }

  /** In an open move: moves the keys that there are, so that the owner answers ASK for them too. */
  public void moveKeys(int slot, RedisServer target) {
    RedisServer source = ownerOf(slot);
    String number = Integer.toString(slot);
    String batch = Integer.toString(MIGRATE_KEYS);
    while (true) {
      List<?> keys = (List<?>) required(source.command("CLUSTER", "GETKEYSINSLOT", number, batch));
      if (keys.isEmpty()) {
        return;
      }
      List<String> migrate = new ArrayList<>();
      migrate.addAll(List.of("MIGRATE", target.host(), Integer.toString(target.port()), ""));
      migrate.addAll(List.of("0", MIGRATE_TIMEOUT_MILLIS, "KEYS"));
      keys.forEach(key -> migrate.add(String.valueOf(key)));
      source.command(migrate.toArray(String[]::new));
    }
  }

  /**
   * Ends an open move whose keys have moved: the target has the slot, and every running node knows.
   */
  public void finishMove(int slot, RedisServer target) {
    String number = Integer.toString(slot);
    RedisServer source = ownerOf(slot);
    String targetId = id(target);
    target.command("CLUSTER", "SETSLOT", number, "NODE", targetId);
    source.command("CLUSTER", "SETSLOT", number, "NODE", targetId);
    for (RedisServer node : nodes) {
      if (node.isRunning() && node != target && node != source) {
        node.command("CLUSTER", "SETSLOT", number, "NODE", targetId);
      }
    }
  }

  private static boolean serves(RedisServer node, int slot) {
    for (Object range : (List<?>) required(node.command("CLUSTER", "SLOTS"))) {
      List<?> parts = (List<?>) required(range);
      List<?> master = (List<?>) required(parts.get(2));
      if ((Long) required(parts.get(0)) <= slot && slot <= (Long) required(parts.get(1))) {
        return master.get(1) instanceof Long port && port == node.port();
      }
    }
    return false;
  }

  private RedisServer anyRunning() {
    return nodes.stream()
        .filter(RedisServer::isRunning)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("No node is running"));
  }

  private static String id(RedisServer node) {
    return text(node.command("CLUSTER", "MYID"));
  }

  private static String text(@Nullable Object reply) {
    return (String) required(reply);
  }

  private static Object required(@Nullable Object reply) {
    if (reply == null) {
      throw new IllegalStateException("Redis answered nothing");
    }
    return reply;
  }

  /** Kills all nodes and deletes their directories. */
  @Override
  public void close() {
    nodes.forEach(RedisServer::close);
  }
}
