package io.terrace.examples.edge;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;

/** Which responses of the origin may be stored; see RFC 9111, section 3. */
final class Cacheability {
  /** Response headers over this many characters are not stored. */
  private static final int MAX_HEADER_CHARS = 16 << 10;

  private Cacheability() {}

  /** Whether the response to a request may be stored and served to others. */
  static boolean isStorable(HttpFields request, OriginResponse response) {
    HttpFields headers = response.headers();
    CacheControl control = CacheControl.of(headers.getValuesList(HttpHeader.CACHE_CONTROL));
    return response.status() == HttpStatus.OK_200
        && !control.has("no-store")
        && !control.has("private")
        && !headers.contains(HttpHeader.SET_COOKIE)
        && (!isPersonal(request) || control.has("public"))
        && isSameForAll(headers)
        && response.hasCertainEnd()
        && chars(headers) <= MAX_HEADER_CHARS;
  }

  /** Whether a request says who makes it; the answer may be for nobody else then. */
  static boolean isPersonal(HttpFields request) {
    return request.contains(HttpHeader.AUTHORIZATION) || request.contains(HttpHeader.COOKIE);
  }

  /** Whether a client does not want its response to be stored. */
  static boolean isUncached(HttpFields request) {
    return CacheControl.of(request.getValuesList(HttpHeader.CACHE_CONTROL)).has("no-store");
  }

  /**
   * Whether the origin would send the same to any client. It is always asked for unencoded bytes,
   * so that what varies by Accept-Encoding alone is one response, provided that it is not encoded.
   */
  private static boolean isSameForAll(HttpFields headers) {
    for (String field : headers.getCSV(HttpHeader.VARY, false)) {
      if (!field.equalsIgnoreCase("Accept-Encoding")
          || headers.contains(HttpHeader.CONTENT_ENCODING)) {
        return false;
      }
    }
    return true;
  }

  private static int chars(HttpFields headers) {
    int chars = 0;
    for (HttpField field : headers) {
      chars += field.getName().length() + String.valueOf(field.getValue()).length();
    }
    return chars;
  }
}
