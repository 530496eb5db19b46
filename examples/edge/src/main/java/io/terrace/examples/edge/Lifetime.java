package io.terrace.examples.edge;

import java.time.Duration;
import java.util.OptionalLong;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * How long a response may be used, in UTC milliseconds; see RFC 9111, sections 4.2 and 4.2.4.
 *
 * @param generatedAtMillis when the origin made it: what its age is counted from
 * @param freshUntilMillis until when it is served without asking the origin
 * @param staleUntilMillis until when it is served if the origin fails
 */
record Lifetime(long generatedAtMillis, long freshUntilMillis, long staleUntilMillis) {
  /** How long a response whose origin says nothing of it is served while the origin fails. */
  private static final Duration STALE_IF_ERROR = Duration.ofDays(1);

  /** How long a response that may not be served any more is kept, to be validated. */
  private static final Duration KEPT = Duration.ofDays(1);

  private static final Duration MAX_HEURISTIC = Duration.ofDays(1);

  /** The lifetime of a response that was received just now. */
  static Lifetime of(HttpFields headers, long nowMillis) {
    CacheControl control = CacheControl.of(headers.getValuesList(HttpHeader.CACHE_CONTROL));
    long dateMillis = Dates.millis(headers, HttpHeader.DATE);
    long apparentMillis = dateMillis < 0 ? 0 : Math.max(0, nowMillis - dateMillis);
    long ageMillis = Math.max(apparentMillis, 1000 * seconds(headers.get(HttpHeader.AGE)));
    long generatedAtMillis = nowMillis - ageMillis;
    long freshUntilMillis = generatedAtMillis + freshMillis(control, headers, nowMillis);
    boolean strict =
        control.has("must-revalidate")
            || control.has("proxy-revalidate")
            || control.has("s-maxage")
            || control.has("no-cache");
    long graceMillis =
        strict ? 0 : 1000 * control.seconds("stale-if-error").orElse(STALE_IF_ERROR.toSeconds());
    return new Lifetime(generatedAtMillis, freshUntilMillis, freshUntilMillis + graceMillis);
  }

  private static long freshMillis(CacheControl control, HttpFields headers, long nowMillis) {
    if (control.has("no-cache")) {
      return 0;
    }
    OptionalLong seconds = control.seconds("s-maxage");
    seconds = seconds.isPresent() ? seconds : control.seconds("max-age");
    if (seconds.isPresent()) {
      return 1000 * seconds.getAsLong();
    }
    long dateMillis = Dates.millis(headers, HttpHeader.DATE);
    long fromMillis = dateMillis < 0 ? nowMillis : dateMillis;
    if (headers.contains(HttpHeader.EXPIRES)) {
      return Math.max(0, Dates.millis(headers, HttpHeader.EXPIRES) - fromMillis);
    }
    long modifiedMillis = Dates.millis(headers, HttpHeader.LAST_MODIFIED);
    long tenthMillis = modifiedMillis < 0 ? 0 : Math.max(0, fromMillis - modifiedMillis) / 10;
    return Math.min(tenthMillis, MAX_HEURISTIC.toMillis());
  }

  private static long seconds(@Nullable String value) {
    return value != null && value.matches("\\d{1,10}") ? Long.parseLong(value) : 0;
  }

  boolean isFresh(long nowMillis) {
    return nowMillis < freshUntilMillis;
  }

  boolean mayBeServedStale(long nowMillis) {
    return nowMillis < staleUntilMillis;
  }

  long ageSeconds(long nowMillis) {
    return Math.max(0, nowMillis - generatedAtMillis) / 1000;
  }

  /** The deadline of the cache's entry: a stale response is still good to be validated. */
  long keptUntilMillis() {
    return Math.max(freshUntilMillis, staleUntilMillis) + KEPT.toMillis();
  }
}
