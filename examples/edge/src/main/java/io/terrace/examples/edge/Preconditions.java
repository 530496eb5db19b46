package io.terrace.examples.edge;

import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a request; see RFC 9110, section 13.
 *
 * @param request its headers
 */
record Preconditions(HttpFields request) {
  private static final Pattern ETAG = Pattern.compile("(?:W/)?\"[^\"]*\"");

  /**
   * Whether the client has the response already.
   *
   * @param etag of the response, or null
   * @param modifiedAtMillis UTC, or -1
   */
  boolean areNotModified(@Nullable String etag, long modifiedAtMillis) {
    if (request.contains(HttpHeader.IF_NONE_MATCH)) {
      return areKnown(request.getValuesList(HttpHeader.IF_NONE_MATCH), etag);
    }
    long sinceMillis = Dates.millis(request, HttpHeader.IF_MODIFIED_SINCE);
    return sinceMillis >= 0 && modifiedAtMillis >= 0 && modifiedAtMillis <= sinceMillis;
  }

  private static boolean areKnown(List<String> lists, @Nullable String etag) {
    for (String list : lists) {
      if (list.strip().equals("*")
          || (etag != null
              && ETAG.matcher(list).results().anyMatch(known -> same(known.group(), etag)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(String one, String other) {
    return strong(one).equals(strong(other));
  }

  private static String strong(String etag) {
    return etag.startsWith("W/") ? etag.substring(2) : etag;
  }

  /** Whether a part is what the client wants: it has no other version of the rest. */
  boolean admitRange(@Nullable String etag, @Nullable String lastModified) {
    String condition = request.get(HttpHeader.IF_RANGE);
    if (condition == null) {
      return true;
    }
    return condition.startsWith("\"")
        ? condition.equals(etag)
        : !condition.startsWith("W/") && condition.equals(lastModified);
  }
}
