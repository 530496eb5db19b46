package io.terrace.linearizability;

import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A server that processes share, as those see it who use it and those who let things happen to it.
 * Thread safe.
 *
 * @param port where it listens on 127.0.0.1
 * @param uriOf the address for a process that reaches it by another port of 127.0.0.1
 * @param restart starts it with its data after it was killed
 * @param annoyances what may happen to it beside that, and costs no process the contact
 */
record SharedServer(
    int port,
    IntFunction<String> uriOf,
    Runnable kill,
    Runnable restart,
    Runnable pause,
    Runnable resume,
    List<Annoyance> annoyances) {

  /** What happens. */
  record Annoyance(String name, Runnable happening) {}

  static SharedServer of(RedisServer server) {
    return new SharedServer(
        server.port(),
        port -> "redis://127.0.0.1:" + port,
        server::kill,
        server::restart,
        server::pause,
        server::resume,
        List.of(
            new Annoyance("FORGET_SCRIPTS", () -> server.command("SCRIPT", "FLUSH")),
            new Annoyance(
                "KILL_SUBSCRIPTIONS", () -> server.command("CLIENT", "KILL", "TYPE", "pubsub"))));
  }

  /** Where it holds copies only, it may also lose all that it has. */
  static SharedServer ofCopies(RedisServer server) {
    SharedServer shared = of(server);
    List<Annoyance> annoyances = new ArrayList<>(shared.annoyances());
    annoyances.add(new Annoyance("FORGET_ALL", () -> server.command("FLUSHALL")));
    return new SharedServer(
        shared.port(),
        shared.uriOf(),
        shared.kill(),
        shared.restart(),
        shared.pause(),
        shared.resume(),
        annoyances);
  }

  /** The keys are in the address, as a user and a password. */
  static SharedServer of(DynamoDbServer server) {
    String keys = server.accessKey() + ":" + server.secretKey();
    return new SharedServer(
        server.port(),
        port -> "http://" + keys + "@127.0.0.1:" + port,
        server::kill,
        server::restart,
        server::pause,
        server::resume,
        List.of());
  }
}
