package io.terrace.examples.edge;

import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt;
import io.terrace.StreamWriter;
import io.terrace.examples.edge.Flights.Flight;
import io.terrace.examples.edge.Flights.Outcome;
import io.terrace.examples.edge.Flights.Seat;
import io.terrace.examples.edge.ServedFrom.How;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import javax.cache.CacheException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a GET or HEAD is answered: from the cache if there is something fresh; else by asking the
 * origin, once for all who want the same. As soon as the origin's headers are there, its body is
 * moved into the cache by a {@link Download} of its own, and every client, the first one too,
 * follows that write as fast as it can: a slow client or one that leaves concerns nobody else.
 *
 * <p>What is not to be stored passes through, as does everything while the cache fails. Thread
 * safe; the threads of requests block.
 */
final class Proxy {
  private static final System.Logger LOGGER = System.getLogger(Proxy.class.getName());

  /** How often a request looks at the cache again, as others may purge what was just fetched. */
  private static final int ROUNDS = 3;

  private static final int MAX_DOWNLOADS = 64;

  /** What of a request must not change the response that is stored for all. */
  private static final List<String> NOT_FETCHED_WITH =
      List.of(
          "Accept-Encoding",
          "Cache-Control",
          "If-Match",
          "If-Modified-Since",
          "If-None-Match",
          "If-Range",
          "If-Unmodified-Since",
          "Pragma",
          "Range");

  private final ResponseCache cache;
  private final Origin origin;
  private final Executor downloads;
  private final Semaphore downloadPermits = new Semaphore(MAX_DOWNLOADS);
  private final Flights flights = new Flights();
  private final Oversize oversize = new Oversize();

  /**
   * @param downloads runs what moves bodies into the cache, at most 64 at a time
   */
  Proxy(ResponseCache cache, Origin origin, Executor downloads) {
    this.cache = cache;
    this.origin = origin;
    this.downloads = downloads;
  }

  /** Answers a request. What it throws after the first byte must break the connection. */
  void answer(Exchange exchange) throws IOException {
    if (Cacheability.isUncached(exchange.headers()) || oversize.contains(exchange.key())) {
      pass(exchange);
      return;
    }
    for (int round = 0; round < ROUNDS; round++) {
      if (answerFromCache(exchange)) {
        return;
      }
      if (exchange.isHead()) {
        break;
      }
      Seat seat = flights.board(exchange.key());
      if (seat.leads()) {
        lead(exchange, seat.flight()).send(exchange);
        return;
      }
      Outcome outcome = seat.flight().await();
      if (outcome instanceof Outcome.NotCacheable) {
        break;
      } else if (outcome instanceof Outcome.Failed failed) {
        failed(exchange, failed.status());
        return;
      }
    }
    pass(exchange);
  }

  private boolean answerFromCache(Exchange exchange) throws IOException {
    try (CachedResponse found = find(exchange)) {
      if (found == null || !found.isFresh(System.currentTimeMillis())) {
        return false;
      }
      Reply.send(exchange, found, ServedFrom.of(found.isGrowing() ? How.JOINED : How.HIT, found));
      return true;
    }
  }

  /** What the cache has for a request, fresh or not, as far as it may be served to its client. */
  private @Nullable CachedResponse find(Exchange exchange) {
    try {
      CachedResponse found = cache.find(exchange.key());
      if (found != null
          && Cacheability.isPersonal(exchange.headers())
          && !found.stored().isPublic()) {
        found.close();
        return null;
      }
      return found;
    } catch (CacheException e) {
      LOGGER.log(System.Logger.Level.WARNING, "the cache is passed by: " + e.getMessage());
      return null;
    }
  }

  // Asking the origin for all

  /** What a request is to be answered with, once its flight has landed. */
  private interface Landing {
    void send(Exchange exchange) throws IOException;
  }

  private Landing lead(Exchange exchange, Flight flight) throws IOException {
    CachedResponse old = find(exchange); // another flight may have landed since this one looked
    boolean kept = false;
    try {
      if (old != null && old.isFresh(System.currentTimeMillis())) {
        kept = true;
        return cached(flight, old, old.isGrowing() ? How.JOINED : How.HIT);
      }
      OriginResponse response;
      try {
        response = fetch(exchange, old);
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.INFO, "the origin does not answer: " + e.getMessage());
        flight.land(new Outcome.Failed(HttpStatus.BAD_GATEWAY_502));
        return client -> failed(client, HttpStatus.BAD_GATEWAY_502);
      }
      return land(exchange, flight, old, response);
    } finally {
      if (old != null && !kept) {
        old.close();
      }
      flights.end(exchange.key(), flight);
    }
  }

  private static Landing cached(Flight flight, CachedResponse response, How how) {
    flight.land(new Outcome.Cached());
    ServedFrom from = ServedFrom.of(how, response);
    return exchange -> {
      try (response) {
        Reply.send(exchange, response, from);
      }
    };
  }

  private Landing land(
      Exchange exchange, Flight flight, @Nullable CachedResponse old, OriginResponse response)
      throws IOException {
    if (response.status() == HttpStatus.NOT_MODIFIED_304 && old != null) {
      CachedResponse refreshed = refresh(exchange, old, response);
      return refreshed == null
          ? land(exchange, flight, null, fetch(exchange, null))
          : cached(flight, refreshed, How.REVALIDATED);
    }
    if (response.status() >= HttpStatus.INTERNAL_SERVER_ERROR_500) {
      flight.land(new Outcome.Failed(response.status()));
      return client -> passOrStale(client, response);
    }
    if (old != null && Cacheability.isStorable(exchange.headers(), response)) {
      // Hides it from those who shall follow the write; served only if that fails, or the origin.
      PurgeReceipt unused = cache.purge(exchange.key(), PurgeMode.SOFT);
    }
    CachedResponse growing = download(exchange, response);
    if (growing != null) {
      return cached(flight, growing, How.MISS);
    }
    flight.land(new Outcome.NotCacheable());
    return client -> Reply.pass(client, response);
  }

  private OriginResponse fetch(Exchange exchange, @Nullable CachedResponse old) throws IOException {
    HttpFields.Mutable headers = EndToEnd.of(exchange.headers(), NOT_FETCHED_WITH);
    headers.put("Accept-Encoding", "identity");
    if (old != null) {
      HttpFields stored = old.stored().headers();
      copy(stored, HttpHeader.ETAG, HttpHeader.IF_NONE_MATCH, headers);
      copy(stored, HttpHeader.LAST_MODIFIED, HttpHeader.IF_MODIFIED_SINCE, headers);
    }
    return origin.fetch("GET", exchange.key(), headers);
  }

  private static void copy(
      HttpFields from, HttpHeader field, HttpHeader condition, HttpFields.Mutable to) {
    String value = from.get(field);
    if (value != null) {
      to.put(condition, value);
    }
  }

  private @Nullable CachedResponse refresh(
      Exchange exchange, CachedResponse old, OriginResponse notModified) {
    try (notModified) {
      long nowMillis = System.currentTimeMillis();
      StoredResponse fresh = old.stored().validatedBy(notModified, nowMillis);
      cache.refresh(exchange.key(), old, fresh);
    } catch (CacheException e) {
      LOGGER.log(System.Logger.Level.WARNING, "nothing is refreshed: " + e.getMessage());
    }
    return find(exchange);
  }

  /**
   * Begins to move a body into the cache.
   *
   * @return a reader of the write; null if the response is not to be stored, and still to be read
   */
  private @Nullable CachedResponse download(Exchange exchange, OriginResponse response) {
    String key = exchange.key();
    if (!Cacheability.isStorable(exchange.headers(), response)
        || response.length() > cache.maxEntryBytes()) {
      forget(exchange, response);
      return null;
    }
    if (!downloadPermits.tryAcquire()) {
      return null;
    }
    CachedResponse growing = null;
    try {
      StoredResponse stored = StoredResponse.of(response, System.currentTimeMillis());
      StreamWriter writer = cache.openWrite(key, stored);
      growing = follow(writer, stored);
      start(new Download(key, response, writer, oversize));
      return growing;
    } catch (CacheException e) {
      LOGGER.log(System.Logger.Level.WARNING, "a response is not cached: " + e.getMessage());
      return null;
    } finally {
      if (growing == null) {
        downloadPermits.release();
      }
    }
  }

  private static CachedResponse follow(StreamWriter writer, StoredResponse stored) {
    CachedResponse growing = null;
    try {
      growing = new CachedResponse(writer.follow(), stored);
      return growing;
    } finally {
      if (growing == null) {
        writer.abort();
      }
    }
  }

  private void start(Download download) {
    downloads.execute(
        () -> {
          try {
            download.run();
          } finally {
            downloadPermits.release();
          }
        });
  }

  /** What the origin no longer has, or no longer has for all, is not kept either. */
  private void forget(Exchange exchange, OriginResponse response) {
    boolean gone =
        response.status() == HttpStatus.OK_200
            || response.status() == HttpStatus.NOT_FOUND_404
            || response.status() == HttpStatus.GONE_410;
    if (gone && !Cacheability.isPersonal(exchange.headers())) {
      cache.drop(exchange.key());
    }
  }

  // Asking the origin for one

  private void pass(Exchange exchange) throws IOException {
    OriginResponse response;
    try {
      response = origin.fetch(exchange.method(), exchange.key(), exchange.headers());
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.INFO, "the origin does not answer: " + e.getMessage());
      failed(exchange, HttpStatus.BAD_GATEWAY_502);
      return;
    }
    passOrStale(exchange, response);
  }

  /** A failure of the origin reaches a client only if there is nothing better. */
  private void passOrStale(Exchange exchange, OriginResponse response) throws IOException {
    boolean failed = response.status() >= HttpStatus.INTERNAL_SERVER_ERROR_500;
    if (failed && answerStale(exchange)) {
      response.close();
    } else {
      Reply.pass(exchange, response);
    }
  }

  /** Answers as well as it goes without the origin. */
  private void failed(Exchange exchange, int status) throws IOException {
    if (!answerStale(exchange)) {
      exchange.say(status, "the origin failed, and there is nothing in the cache to serve");
    }
  }

  private boolean answerStale(Exchange exchange) throws IOException {
    try (CachedResponse found = find(exchange)) {
      if (found == null
          || !found.stored().lifetime().mayBeServedStale(System.currentTimeMillis())) {
        return false;
      }
      Reply.send(exchange, found, ServedFrom.of(How.STALE, found));
      return true;
    }
  }
}
