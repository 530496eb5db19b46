package io.terrace.tier.redis;

import dev.failsafe.CircuitBreaker;
import io.terrace.RedisSettings;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The link to all servers of an address: sends each request to the server of its slot, and after it
 * if it is sent on. Thread safe.
 */
final class RedisLink implements Link {
  /** A request that is sent on more often goes in circles. */
  private static final int MAX_HOPS = 5;

  /** A slot that is moving splits the keys of a command for about as long. */
  private static final long SPLIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Dialer dialer;
  private final int connections;
  private final Alarm alarm = new Alarm("terrace-redis-alarm");
  private final Topology topology;
  private final Subscriptions subscriptions;
  private final Map<HostAndPort, Server> servers = new ConcurrentHashMap<>();

  /** Guarded by {@link #servers}, and so is what is put there. */
  private boolean closed;

  RedisLink(Address address, RedisSettings settings) {
    dialer = new Dialer(address, settings);
    connections = settings.connections();
    long waitNanos = settings.connectTimeout().plus(settings.commandTimeout()).toNanos();
    topology = new Topology(Finder.of(address, dialer), alarm, waitNanos, this::retire);
    subscriptions = new Subscriptions(topology, dialer, alarm);
  }

  @Override
  public @Nullable Object call(Request request) throws IOException {
    return follow(request, topology.view().of(request.slot()), Call.Route.DIRECT, deadline());
  }

  /** Sends a request to a server, and on to those that it is sent to. */
  private @Nullable Object follow(
      Request request, HostAndPort first, Call.Route firstRoute, long deadlineNanos)
      throws IOException {
    HostAndPort address = first;
    Call.Route route = firstRoute;
    for (int hops = 0; ; hops++) {
      Object outcome = server(address).call(request, route, deadlineNanos);
      if (!(outcome instanceof JedisDataException error)) {
        return reply(outcome);
      }
      HostAndPort target = hops < MAX_HOPS ? target(request, error, address) : null;
      if (target == null) {
        throw ErrorReply.toException(error, address.toString());
      }
      address = target;
      route = ErrorReply.code(error).equals("ASK") ? Call.Route.ASKING : Call.Route.DIRECT;
    }
  }

  /** The server to ask after an error that says it was not done here; null after another one. */
  private @Nullable HostAndPort target(
      Request request, JedisDataException error, HostAndPort from) {
    switch (ErrorReply.code(error)) {
      case "MOVED" -> {
        HostAndPort owner = ErrorReply.target(error, from);
        if (owner != null) {
          topology.moved(request.slot(), owner);
        }
        return owner;
      }
      case "ASK" -> {
        return ErrorReply.target(error, from);
      }
      case "TRYAGAIN" -> {
        LockSupport.parkNanos(this, SPLIT_NANOS);
        return from;
      }
      case "CLUSTERDOWN" -> {
        topology.doubt();
        return null;
      }
      default -> {
        return null;
      }
    }
  }

  private static @Nullable Object reply(@Nullable Object outcome) throws IOException {
    if (outcome instanceof Failure failure) {
      throw failure.toException();
    }
    return outcome;
  }

  @Override
  public List<@Nullable Object> callAll(List<Request> requests) {
    List<@Nullable Object> results = new ArrayList<>(requests.size());
    View view;
    try {
      view = topology.view();
    } catch (IOException e) {
      requests.forEach(request -> results.add(e));
      return results;
    }
    Pipeline pipeline = new Pipeline(this::server, dialer.commandNanos());
    List<Pipeline.Entry> entries = new ArrayList<>(requests.size());
    for (Request request : requests) {
      entries.add(pipeline.add(request, view));
    }
    pipeline.run();
    for (Pipeline.Entry entry : entries) {
      results.add(result(entry));
    }
    return results;
  }

  private @Nullable Object result(Pipeline.Entry entry) {
    try {
      Object outcome = entry.outcome();
      HostAndPort from = entry.server();
      if (!(outcome instanceof JedisDataException error) || from == null) {
        return reply(outcome);
      }
      HostAndPort target = target(entry.request(), error, from);
      if (target == null) {
        return ErrorReply.toException(error, from.toString());
      }
      boolean asking = ErrorReply.code(error).equals("ASK");
      Call.Route route = asking ? Call.Route.ASKING : Call.Route.DIRECT;
      return follow(entry.request(), target, route, deadline());
    } catch (IOException e) {
      return e;
    }
  }

  @Override
  public Closeable subscribe(byte[] channel, Messages messages) {
    return subscriptions.add(channel, messages);
  }

  @Override
  public List<String> servers() throws IOException {
    return topology.view().servers().stream().map(HostAndPort::toString).toList();
  }

  @Override
  public @Nullable Object callOn(String name, Request request) throws IOException {
    HostAndPort address = HostAndPort.from(name);
    Object outcome = server(address).call(request, Call.Route.DIRECT, deadline());
    if (outcome instanceof JedisDataException error) {
      throw ErrorReply.toException(error, address.toString());
    }
    return reply(outcome);
  }

  /** The states of the breakers of the servers that were used. */
  @Override
  public Map<String, CircuitBreaker.State> breakers() {
    Map<String, CircuitBreaker.State> states = new HashMap<>();
    servers.forEach((address, server) -> states.put(address.toString(), server.breakerState()));
    return states;
  }

  private long deadline() {
    return System.nanoTime() + dialer.commandNanos();
  }

  private Server server(HostAndPort address) throws IOException {
    Server known = servers.get(address);
    if (known != null) {
      return known;
    }
    synchronized (servers) {
      if (closed) {
        throw new IOException("the link to Redis is closed");
      }
      return servers.computeIfAbsent(
          address, key -> new Server(key, dialer, connections, alarm, topology::doubt));
    }
  }

  /** Closes what is used no more. */
  private void retire(View view) {
    synchronized (servers) {
      servers.forEach(
          (address, server) -> {
            if (!view.has(address)) {
              servers.remove(address);
              server.close();
            }
          });
    }
  }

  @Override
  public void close() {
    synchronized (servers) {
      closed = true;
      servers.values().forEach(Server::close);
      servers.clear();
    }
    subscriptions.close();
    alarm.close();
  }
}
