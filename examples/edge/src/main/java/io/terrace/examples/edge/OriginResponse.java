package io.terrace.examples.edge;

import io.terrace.StreamValue;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * What the origin answered, with its body still to be read. Whoever has it closes it.
 *
 * @param body never ends early as if that were the end, if {@link #hasCertainEnd}
 */
record OriginResponse(int status, HttpFields headers, InputStream body) implements Closeable {

  /** The length of the body in bytes, or {@link StreamValue#UNKNOWN_LENGTH}. */
  long length() {
    return headers.contains(HttpHeader.TRANSFER_ENCODING)
        ? StreamValue.UNKNOWN_LENGTH
        : headers.getLongField(HttpHeader.CONTENT_LENGTH);
  }

  /** Whether a body that was cut off can be told from a whole one. */
  boolean hasCertainEnd() {
    return length() >= 0 || "chunked".equalsIgnoreCase(headers.get(HttpHeader.TRANSFER_ENCODING));
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException e) {
      // it was to be dropped anyway
    }
  }
}
