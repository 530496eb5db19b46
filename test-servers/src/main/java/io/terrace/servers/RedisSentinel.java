package io.terrace.servers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A master, its replica, and one sentinel that fails over within about two seconds of the master's
 * silence. Thread safe. Each of the three can be killed, paused and restarted by itself; a former
 * master that is restarted becomes a replica.
 */
public final class RedisSentinel implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String MASTER_NAME = "terrace";

  private final List<RedisServer> servers;
  private final RedisServer sentinel;

  private RedisSentinel(List<RedisServer> servers, RedisServer sentinel) {
    this.servers = List.copyOf(servers);
    this.sentinel = sentinel;
  }

  /**
   * Starts the three and returns once the sentinel knows the replica.
   *
   * @throws IllegalStateException if that takes more than 30 seconds
   */
  public static RedisSentinel start() {
    List<RedisServer> started = new ArrayList<>();
    try {
      RedisServer master = RedisServer.start();
      started.add(master);
      RedisServer replica =
          RedisServer.builder().config("replicaof " + master.host() + " " + master.port()).start();
      started.add(replica);
      awaitIn(replica, "master_link_status:up");
      RedisServer sentinel = startSentinel(master);
      started.add(sentinel);
      Await.until(
          DEADLINE, () -> knows(sentinel, replica), () -> "No replica known: " + sentinel.log());
      return new RedisSentinel(List.of(master, replica), sentinel);
    } catch (RuntimeException e) {
      started.forEach(RedisServer::close);
      throw e;
    }
  }

  private static RedisServer startSentinel(RedisServer master) {
    String name = MASTER_NAME;
    return RedisServer.builder()
        .argument("--sentinel")
        .config("sentinel monitor " + name + " " + master.host() + " " + master.port() + " 1")
        .config("sentinel down-after-milliseconds " + name + " 1000")
        .config("sentinel failover-timeout " + name + " 5000")
        // By default a test would wait 10 s for the news of a role, 8 s until a former master is
        // made a replica, and 30 s after a pause. The ping period stays: a replica that was not
        // heard of for five of them is not promoted, and it is asked once a second at that time.
        .firstCommand("SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200")
        .firstCommand("SENTINEL", "DEBUG", "TILT-PERIOD", "1000")
        .start();
  }

  /** The name under which the sentinel knows the master. */
  public String masterName() {
    return MASTER_NAME;
  }

  /** The sentinel, whose host and port clients ask for the master. */
  public RedisServer sentinel() {
    return sentinel;
  }

  /** The two servers, whatever their roles are; the first one was the master at the start. */
  public List<RedisServer> servers() {
    return servers;
  }

  /** Whom the sentinel names as the master. */
  public RedisServer master() {
    Object reply = sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME);
    if (reply instanceof List<?> address) {
      for (RedisServer server : servers) {
        if (Integer.toString(server.port()).equals(address.get(1))) {
          return server;
        }
      }
    }
    throw new IllegalStateException("The sentinel names " + reply);
  }

  /** Kills the master (SIGKILL) and returns it; {@link #awaitFailover} is to follow. */
  public RedisServer killMaster() {
    RedisServer master = master();
    master.kill();
    return master;
  }

  /**
   * Returns the new master once the sentinel names it and it takes writes.
   *
   * @param former the master that was killed or paused
   * @throws IllegalStateException if that takes more than 30 seconds
   */
  public RedisServer awaitFailover(RedisServer former) {
    Await.until(DEADLINE, () -> master() != former, () -> "No fail-over: " + sentinel.log());
    RedisServer master = master();
    awaitIn(master, "role:master");
    return master;
  }

  /**
   * Makes a server that was restarted follow the master, which the sentinel would do sooner or
   * later, and returns once it has its data.
   *
   * @throws IllegalStateException if that takes more than 30 seconds
   */
  public void rejoin(RedisServer server) {
    RedisServer master = master();
    server.command("REPLICAOF", master.host(), String.valueOf(master.port()));
    awaitIn(server, "master_link_status:up");
  }

  private static boolean knows(RedisServer sentinel, RedisServer replica) {
    @Nullable Object replicas = sentinel.command("SENTINEL", "REPLICAS", MASTER_NAME);
    return String.valueOf(replicas).contains("127.0.0.1:" + replica.port())
        && String.valueOf(replicas).contains("master-link-status, ok");
  }

  private static void awaitIn(RedisServer server, String line) {
    Await.until(
        DEADLINE,
        () -> String.valueOf(server.command("INFO", "replication")).contains(line + "\r\n"),
        () -> "No " + line + " in " + server + ": " + server.log());
  }

  /** Kills the three and deletes their directories. */
  @Override
  public void close() {
    sentinel.close();
    servers.forEach(RedisServer::close);
  }
}
