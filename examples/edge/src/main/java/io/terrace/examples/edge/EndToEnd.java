package io.terrace.examples.edge;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** What of a message's headers goes on to the next hop; see RFC 9110, section 7.6.1. */
final class EndToEnd {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private EndToEnd() {}

  /**
   * The headers without those of one connection, without what Connection names, and {@code also}.
   */
  static HttpFields.Mutable of(HttpFields headers, Collection<String> also) {
    Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    dropped.addAll(also);
    dropped.addAll(headers.getCSV(HttpHeader.CONNECTION, false));
    HttpFields.Mutable kept = HttpFields.build();
    for (HttpField field : headers) {
      String name = field.getName();
      if (!dropped.contains(name)
          && !HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))
          && !name.startsWith(":")) {
        kept.add(name, String.valueOf(field.getValue()));
      }
    }
    return kept;
  }
}
