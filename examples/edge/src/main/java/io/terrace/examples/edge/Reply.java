package io.terrace.examples.edge;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/** Sends what is in the cache, or what the origin sent, to a client. */
final class Reply {
  private static final String STALE_WARNING = "111 - \"Revalidation Failed\"";

  /** What a response without a body says; see RFC 9110, section 15.4.5. */
  private static final Set<HttpHeader> OF_NOT_MODIFIED =
      EnumSet.of(
          HttpHeader.CACHE_CONTROL,
          HttpHeader.CONTENT_LOCATION,
          HttpHeader.DATE,
          HttpHeader.EXPIRES,
          HttpHeader.VARY);

  private Reply() {}

  /** Sends a cached response, the part of it that was asked for, or word that it is known. */
  static void send(Exchange exchange, CachedResponse cached, ServedFrom from) throws IOException {
    HttpFields headers = cached.stored().headers();
    Preconditions conditions = new Preconditions(exchange.headers());
    String etag = cached.etag();
    if (conditions.areNotModified(etag, Dates.millis(headers, HttpHeader.LAST_MODIFIED))) {
      begin(exchange, HttpStatus.NOT_MODIFIED_304, notModified(headers), cached, from);
      return;
    }
    ByteRange range = range(exchange, cached, conditions);
    if (range == null) {
      sendWhole(exchange, cached, from);
    } else {
      sendPart(exchange, cached, range, from);
    }
  }

  private static @Nullable ByteRange range(
      Exchange exchange, CachedResponse cached, Preconditions conditions) {
    String header = exchange.headers().get(HttpHeader.RANGE);
    String lastModified = cached.stored().headers().get(HttpHeader.LAST_MODIFIED);
    boolean asked = header != null && !exchange.isHead() && cached.length() >= 0;
    return asked && conditions.admitRange(cached.etag(), lastModified)
        ? ByteRange.of(header, cached.length())
        : null;
  }

  private static void sendWhole(Exchange exchange, CachedResponse cached, ServedFrom from)
      throws IOException {
    HttpFields.Mutable sent =
        begin(exchange, HttpStatus.OK_200, cached.stored().headers(), cached, from);
    if (cached.length() >= 0) {
      sent.put(HttpHeader.CONTENT_LENGTH, cached.length());
    }
    if (exchange.isHead()) {
      return;
    }
    long length = cached.value().transferTo(exchange.body());
    if (cached.length() >= 0 && length != cached.length()) {
      throw new EOFException("the body is shorter than the origin said");
    }
  }

  private static void sendPart(
      Exchange exchange, CachedResponse cached, ByteRange range, ServedFrom from)
      throws IOException {
    boolean satisfiable = range.length() > 0;
    int status =
        satisfiable ? HttpStatus.PARTIAL_CONTENT_206 : HttpStatus.RANGE_NOT_SATISFIABLE_416;
    HttpFields headers = satisfiable ? cached.stored().headers() : HttpFields.EMPTY;
    HttpFields.Mutable sent = begin(exchange, status, headers, cached, from);
    sent.put(HttpHeader.CONTENT_RANGE, range.contentRange(cached.length()));
    sent.put(HttpHeader.CONTENT_LENGTH, range.length());
    exchange.send(cached, range);
  }

  private static HttpFields.Mutable begin(
      Exchange exchange, int status, HttpFields headers, CachedResponse cached, ServedFrom from) {
    HttpFields.Mutable sent = exchange.begin(status, headers, from);
    sent.put("Age", Long.toString(cached.stored().lifetime().ageSeconds(now())));
    sent.put(HttpHeader.ACCEPT_RANGES, "bytes");
    String etag = cached.etag();
    if (etag != null) {
      sent.put(HttpHeader.ETAG, etag);
    }
    if (from.how() == ServedFrom.How.STALE) {
      sent.put("Warning", STALE_WARNING);
    }
    return sent;
  }

  private static HttpFields notModified(HttpFields headers) {
    HttpFields.Mutable kept = HttpFields.build();
    for (HttpField field : headers) {
      if (field.getHeader() != null && OF_NOT_MODIFIED.contains(field.getHeader())) {
        kept.add(field);
      }
    }
    return kept;
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  /** Sends what the origin sent as it comes, and closes it. */
  static void pass(Exchange exchange, OriginResponse response) throws IOException {
    try (response) {
      HttpFields headers = EndToEnd.of(response.headers(), List.of("X-Cache"));
      exchange.begin(response.status(), headers, ServedFrom.PASS);
      if (!exchange.isHead()) {
        exchange.send(Channels.newChannel(response.body()));
      }
    }
  }
}
