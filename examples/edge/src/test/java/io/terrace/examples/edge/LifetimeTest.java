package io.terrace.examples.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LifetimeTest {
  /** Sun, 01 Nov 2015 10:00:00 GMT. */
  private static final long NOW = 1_446_372_000_000L;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Cache-Control: max-age=60 | 60",
        "Cache-Control: Max-Age=\"60\" | 60",
        "Cache-Control: max-age=60, s-maxage=90 | 90",
        "Cache-Control: max-age=60, max-age=90 | 60",
        "Cache-Control: max-age=-1 | 0",
        "Cache-Control: max-age=soon | 0",
        "Cache-Control: no-cache, max-age=60 | 0",
        "Cache-Control: max-age=60; Expires: Sun, 01 Nov 2015 11:00:00 GMT | 60",
        "Expires: Sun, 01 Nov 2015 10:01:00 GMT | 60",
        "Expires: 0 | 0",
        "Date: Sun, 01 Nov 2015 09:59:50 GMT; Cache-Control: max-age=60 | 50",
        "Age: 20; Cache-Control: max-age=60 | 40",
        "Age: 5; Date: Sun, 01 Nov 2015 09:59:50 GMT; Cache-Control: max-age=60 | 50",
        "Last-Modified: Sun, 01 Nov 2015 09:50:00 GMT | 60",
        "Last-Modified: Thu, 01 Nov 1990 09:50:00 GMT | 86400",
        "Last-Modified: Mon, 02 Nov 2015 10:00:00 GMT | 0",
        "X-None: 1 | 0"
      })
  void howLongAResponseIsFresh(String headers, long seconds) {
    Lifetime lifetime = Lifetime.of(fields(headers), NOW);
    assertThat(lifetime.freshUntilMillis() - NOW).isEqualTo(1000 * seconds);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Cache-Control: max-age=60, stale-if-error=30 | 90",
        "Cache-Control: max-age=60, stale-if-error=30, must-revalidate | 60",
        "Cache-Control: max-age=60, proxy-revalidate | 60",
        "Cache-Control: s-maxage=60 | 60",
        "Cache-Control: max-age=60 | 86460"
      })
  void howLongAResponseIsServedWhileTheOriginFails(String headers, long seconds) {
    Lifetime lifetime = Lifetime.of(fields(headers), NOW);
    assertThat(lifetime.staleUntilMillis() - NOW).isEqualTo(1000 * seconds);
  }

  @Test
  void anAgeIsCountedFromWhenTheOriginMadeTheResponse() {
    Lifetime lifetime = Lifetime.of(fields("Age: 20; Cache-Control: max-age=60"), NOW);
    assertThat(lifetime.ageSeconds(NOW + 5_999)).isEqualTo(25);
    assertThat(lifetime.isFresh(NOW + 39_999)).isTrue();
    assertThat(lifetime.isFresh(NOW + 40_000)).isFalse();
  }

  private static HttpFields fields(String headers) {
    HttpFields.Mutable fields = HttpFields.build();
    for (String header : headers.split("; ")) {
      fields.add(header.substring(0, header.indexOf(':')), header.split(": ", 2)[1]);
    }
    return fields;
  }
}
