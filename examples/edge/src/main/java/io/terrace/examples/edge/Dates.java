package io.terrace.examples.edge;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Reads headers that hold a date. */
final class Dates {
  private Dates() {}

  /** UTC milliseconds; -1 if there is no such header, or no date in it. */
  static long millis(HttpFields headers, HttpHeader field) {
    try {
      return headers.getDateField(field);
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }
}
