package io.terrace.examples.edge;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One request to the origin per key at a time, as far as its headers: from there on others follow
 * the write in the cache. Thread safe.
 */
final class Flights {
  private final ConcurrentHashMap<String, Flight> flights = new ConcurrentHashMap<>();

  /** What a flight came to. */
  sealed interface Outcome {
    /** The response is in the cache or on its way there. */
    record Cached() implements Outcome {}

    /** The response was for one client only. */
    record NotCacheable() implements Outcome {}

    /** The origin failed, with this status. */
    record Failed(int status) implements Outcome {}
  }

  /** One request to the origin. */
  static final class Flight {
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    /** Tells those who wait; the first word counts. */
    void land(Outcome result) {
      boolean unused = outcome.complete(result);
    }

    /** Waits for who leads it. */
    Outcome await() {
      return outcome.join();
    }
  }

  /** A place on a flight: whoever leads it must end it. */
  record Seat(Flight flight, boolean leads) {}

  Seat board(String key) {
    Flight mine = new Flight();
    Flight current = flights.putIfAbsent(key, mine);
    return current == null ? new Seat(mine, true) : new Seat(current, false);
  }

  /** Ends a flight; if it has not landed, those who wait go on by themselves. */
  void end(String key, Flight flight) {
    flights.remove(key, flight);
    flight.land(new Outcome.NotCacheable());
  }
}
