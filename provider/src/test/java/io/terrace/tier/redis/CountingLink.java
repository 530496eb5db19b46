package io.terrace.tier.redis;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A link that remembers what went through it. Thread safe. */
final class CountingLink implements Link {
  private final Link link;
  private final List<Request> requests = new ArrayList<>();
  private int trips;
  private long mostBytes;

  CountingLink(Link link) {
    this.link = link;
  }

  /** How often somebody waited for a server since the last call. */
  synchronized int trips() {
    int count = trips;
    trips = 0;
    return count;
  }

  /** What was sent since the last call. */
  synchronized List<Request> requests() {
    List<Request> sent = List.copyOf(requests);
    requests.clear();
    return sent;
  }

  /** The length of the longest command, as it is on the wire. */
  synchronized long mostBytes() {
    return mostBytes;
  }

  private synchronized void record(List<Request> sent) {
    trips++;
    requests.addAll(sent);
    for (Request request : sent) {
      long bytes = request.script() == null ? 16 : 64;
      for (byte[] argument : request.arguments()) {
        bytes += argument.length + 16;
      }
      mostBytes = Math.max(mostBytes, bytes);
    }
  }

  @Override
  public @Nullable Object call(Request request) throws IOException {
    record(List.of(request));
    return link.call(request);
  }

  @Override
  public List<@Nullable Object> callAll(List<Request> all) {
    record(all);
    return link.callAll(all);
  }

  @Override
  public Closeable subscribe(byte[] channel, Messages messages) {
    return link.subscribe(channel, messages);
  }

  @Override
  public List<String> servers() throws IOException {
    return link.servers();
  }

  @Override
  public @Nullable Object callOn(String server, Request request) throws IOException {
    record(List.of(request));
    return link.callOn(server, request);
  }

  @Override
  public void close() throws IOException {
    link.close();
  }
}
