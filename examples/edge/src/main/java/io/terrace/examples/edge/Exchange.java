package io.terrace.examples.edge;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** One request of a client and the response to it. Used by one thread, which it may block. */
final class Exchange {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Request request;
  private final Response response;
  private final Traffic traffic;

  Exchange(Request request, Response response, Traffic traffic) {
    this.request = request;
    this.response = response;
    this.traffic = traffic;
  }

  /** Path and query as they stand in the request: what an entry is cached under. */
  String key() {
    return request.getHttpURI().getPathQuery();
  }

  String method() {
    return request.getMethod();
  }

  boolean isHead() {
    return method().equals("HEAD");
  }

  HttpFields headers() {
    return request.getHeaders();
  }

  /**
   * Whether the status line is on its way, so that nothing but breaking off can say of a failure.
   */
  boolean isCommitted() {
    return response.isCommitted();
  }

  /** Begins a response; its headers may be added to until the first byte of its body is sent. */
  HttpFields.Mutable begin(int status, HttpFields headers, ServedFrom from) {
    traffic.count(from);
    response.setStatus(status);
    HttpFields.Mutable sent = response.getHeaders();
    headers.forEach(sent::add);
    sent.put("X-Cache", from.header());
    return sent;
  }

  /** A whole response of a line of text. */
  void say(int status, String text) throws IOException {
    response.reset();
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
    Content.Sink.write(response, true, ByteBuffer.wrap(isHead() ? new byte[0] : bytes));
  }

  /** The body of the response. */
  WritableByteChannel body() {
    return new Body();
  }

  /** Sends what a channel holds to its end. */
  void send(ReadableByteChannel source) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    WritableByteChannel body = body();
    while (source.read(buffer.clear()) >= 0) {
      body.write(buffer.flip());
    }
  }

  /** Sends a part of a cached body, and waits where that is not there yet. */
  void send(CachedResponse cached, ByteRange range) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(range.length(), BUFFER_BYTES));
    WritableByteChannel body = body();
    long end = range.offset() + range.length();
    long at = range.offset();
    while (at < end) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int read = cached.value().read(at, buffer);
      if (read < 0) {
        throw new EOFException("the body is shorter than the origin said");
      }
      body.write(buffer.flip());
      at += read;
    }
  }

  /** Blocks until the client took it, which it has to within the server's idle timeout. */
  private final class Body implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) throws IOException {
      int length = source.remaining();
      Content.Sink.write(response, false, source);
      source.position(source.limit());
      traffic.sent(length);
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
