package io.terrace.tier.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/** Calls that go over a wire together. Confined to one thread. */
final class Batch {
  /** Up to here a write cannot block: it fits into the buffers of the socket. */
  private static final int SURE_BYTES = 16 << 10;

  private final List<Call> calls = new ArrayList<>();
  private int bytes;
  private int completed;
  private boolean unready;
  private @Nullable Failure failure;

  void add(Call call) {
    calls.add(call);
    bytes += call.bytes();
  }

  int size() {
    return calls.size();
  }

  int bytes() {
    return bytes;
  }

  /** How many have no outcome yet. */
  int open() {
    return calls.size() - completed;
  }

  /**
   * Sends all. Fails with a {@code JedisException}, latest when the time-out is over.
   *
   * @param deadlineNanos when the wire is to be cut if the write still blocks
   */
  void write(Wire wire, Alarm alarm, long deadlineNanos) {
    send(wire, alarm, deadlineNanos, bytes, this::sendAll);
  }

  private void sendAll(Wire wire) {
    for (Call call : calls) {
      if (call.isAsking()) {
        wire.sendAsking();
      }
      wire.send(call.request());
    }
  }

  private static void send(
      Wire wire, Alarm alarm, long deadlineNanos, int bytes, Consumer<Wire> sending) {
    Future<?> cut = bytes > SURE_BYTES ? alarm.at(deadlineNanos, wire::cut) : null;
    try {
      sending.accept(wire);
      wire.push();
    } finally {
      if (cut != null) {
        cut.cancel(false);
      }
    }
  }

  /**
   * Reads the replies and completes the calls. A script that the server does not know was not run;
   * it is sent again with its text. Fails with a {@code JedisException}, latest when the time-out
   * is over.
   *
   * @param deadlineNanos when the last reply has to be there
   */
  void read(Wire wire, Alarm alarm, long deadlineNanos) {
    List<Call> unknown = null;
    for (Call call : calls) {
      Object reply = reply(call, wire, deadlineNanos);
      if (isUnknownScript(call, reply)) {
        unknown = unknown == null ? new ArrayList<>() : unknown;
        unknown.add(call);
      } else {
        complete(call, reply);
      }
    }
    if (unknown != null) {
      runTexts(unknown, wire, alarm, deadlineNanos);
    }
  }

  private void runTexts(List<Call> scripts, Wire wire, Alarm alarm, long deadlineNanos) {
    for (Call call : scripts) {
      Script script = call.request().script();
      if (script != null) {
        int length = call.bytes() + script.text().length;
        send(wire, alarm, deadlineNanos, length, to -> sendText(to, call, script));
        complete(call, reply(call, wire, deadlineNanos));
      }
    }
  }

  private static void sendText(Wire wire, Call call, Script script) {
    if (call.isAsking()) {
      wire.sendAsking();
    }
    wire.sendText(call.request(), script);
  }

  private static @Nullable Object reply(Call call, Wire wire, long deadlineNanos) {
    if (call.isAsking()) {
      receive(wire, deadlineNanos);
    }
    return receive(wire, deadlineNanos);
  }

  private static boolean isUnknownScript(Call call, @Nullable Object reply) {
    return reply instanceof JedisDataException error
        && call.request().script() != null
        && ErrorReply.code(error).equals("NOSCRIPT");
  }

  private static @Nullable Object receive(Wire wire, long deadlineNanos) {
    try {
      return wire.receive(deadlineNanos);
    } catch (JedisDataException e) {
      return e;
    }
  }

  private void complete(Call call, @Nullable Object result) {
    completed++;
    unready |= result instanceof JedisDataException error && ErrorReply.isUnready(error);
    call.complete(result);
  }

  /** Whether the server said that it cannot serve as it should, now. */
  boolean metUnready() {
    return unready;
  }

  /** What ended calls without a reply, or null. */
  @Nullable Failure failure() {
    return failure;
  }

  /** Ends the calls that have no outcome yet. */
  void fail(Failure reason) {
    failure = reason;
    for (Call call : calls) {
      if (!call.isDone()) {
        complete(call, reason);
      }
    }
  }
}
