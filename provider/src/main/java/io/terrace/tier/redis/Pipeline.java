package io.terrace.tier.redis;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Requests that are sent to several servers at once: a batch to each, then the replies of each, and
 * again until all are done. Confined to one thread.
 */
final class Pipeline {
  private static final int MAX_CALLS = 256;

  /** What a batch may take together before it is no more sent along: bounds what waits there. */
  private static final int MAX_BYTES = 512 << 10;

  /** Finds the server of an address. */
  interface Servers {
    Server of(HostAndPort address) throws IOException;
  }

  /** A request and what became of it. */
  static final class Entry {
    private final Request request;
    private final @Nullable HostAndPort server;
    private @Nullable Call call;
    private @Nullable Object failure;

    Entry(Request request, @Nullable HostAndPort server) {
      this.request = request;
      this.server = server;
    }

    Request request() {
      return request;
    }

    /** Where it was sent; null if there was nowhere. */
    @Nullable HostAndPort server() {
      return server;
    }

    /** As of {@link Server#call}, or an {@link IOException} if it came to no server. */
    @Nullable Object outcome() throws IOException {
      if (failure instanceof IOException e) {
        throw e;
      }
      return call == null ? failure : call.outcome();
    }
  }

  /** What goes to one server. */
  private static final class Branch {
    private final HostAndPort address;
    private final Server server;
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private Batch batch = new Batch();
    private @Nullable Wire wire;

    Branch(HostAndPort address, Server server) {
      this.address = address;
      this.server = server;
    }

    void write(long deadlineNanos) {
      batch = new Batch();
      while (!waiting.isEmpty() && batch.size() < MAX_CALLS && batch.bytes() < MAX_BYTES) {
        Entry entry = waiting.remove();
        entry.call = new Call(entry.request, Call.Route.DIRECT, deadlineNanos);
        batch.add(entry.call);
      }
      wire = batch.size() == 0 ? null : server.begin(batch, deadlineNanos);
      failRest();
    }

    void read(long deadlineNanos) {
      if (wire != null) {
        server.finish(batch, wire, deadlineNanos);
        wire = null;
        failRest();
      }
    }

    /** After a failure there is no use in sending more. */
    private void failRest() {
      Failure failure = batch.failure();
      if (failure != null) {
        waiting.forEach(entry -> entry.failure = failure.ofUnsent());
        waiting.clear();
      }
    }
  }

  private final Servers servers;
  private final long commandNanos;

  private final Map<HostAndPort, Branch> branches = new HashMap<>();

  Pipeline(Servers servers, long commandNanos) {
    this.servers = servers;
    this.commandNanos = commandNanos;
  }

  Entry add(Request request, View view) {
    try {
      HostAndPort address = view.of(request.slot());
      Branch branch = branches.get(address);
      if (branch == null) {
        branch = new Branch(address, servers.of(address));
        branches.put(address, branch);
      }
      Entry entry = new Entry(request, address);
      branch.waiting.add(entry);
      return entry;
    } catch (IOException e) {
      Entry entry = new Entry(request, null);
      entry.failure = e;
      return entry;
    }
  }

  /** Sends what was added and awaits the replies. */
  void run() {
    // In one order for all threads, as each keeps a wire of one server while it awaits the next.
    List<Branch> open = new ArrayList<>(branches.values());
    open.sort(Comparator.comparing(branch -> branch.address.toString()));
    while (!open.isEmpty()) {
      long deadline = System.nanoTime() + commandNanos;
      try {
        open.forEach(branch -> branch.write(deadline));
      } finally {
        readAll(open.iterator(), deadline);
      }
      open.removeIf(branch -> branch.waiting.isEmpty());
    }
  }

  /** What was begun is finished at every server, whatever happens at another. */
  private static void readAll(Iterator<Branch> branches, long deadlineNanos) {
    if (branches.hasNext()) {
      try {
        branches.next().read(deadlineNanos);
      } finally {
        readAll(branches, deadlineNanos);
      }
    }
  }
}
