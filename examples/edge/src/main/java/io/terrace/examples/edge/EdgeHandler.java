package io.terrace.examples.edge;

import java.io.IOException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What the server calls for each request; blocks its thread. */
final class EdgeHandler extends Handler.Abstract {
  private static final System.Logger LOGGER = System.getLogger(EdgeHandler.class.getName());

  private final Proxy proxy;
  private final Purging purging;
  private final Traffic traffic;

  EdgeHandler(Proxy proxy, Purging purging, Traffic traffic) {
    this.proxy = proxy;
    this.purging = purging;
    this.traffic = traffic;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Exchange exchange = new Exchange(request, response, traffic);
    try {
      answer(exchange, request);
      callback.succeeded();
    } catch (IOException | RuntimeException e) {
      end(exchange, e, callback);
    }
    return true;
  }

  private void answer(Exchange exchange, Request request) throws IOException {
    HttpFields headers = exchange.headers();
    switch (exchange.method()) {
      case "GET", "HEAD" -> {
        if (hasBody(headers)) {
          exchange.say(HttpStatus.BAD_REQUEST_400, "a request with a body is not forwarded");
        } else if (Origin.isLoop(headers)) {
          exchange.say(HttpStatus.LOOP_DETECTED_508, "this request was here before");
        } else {
          proxy.answer(exchange);
        }
      }
      case "PURGE" ->
          purging.answer(exchange, request.getConnectionMetaData().getRemoteSocketAddress());
      default -> {
        exchange.say(HttpStatus.METHOD_NOT_ALLOWED_405, "only GET, HEAD and PURGE");
      }
    }
  }

  private static boolean hasBody(HttpFields headers) {
    return headers.contains(HttpHeader.TRANSFER_ENCODING)
        || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
  }

  /** A body that cannot be finished must not look finished: the connection is broken. */
  private static void end(Exchange exchange, Exception failure, Callback callback) {
    boolean expected =
        failure instanceof IOException || failure instanceof IllegalArgumentException;
    LOGGER.log(
        expected ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
        "a response was broken off",
        failure);
    if (exchange.isCommitted()) {
      callback.failed(failure);
      return;
    }
    try {
      if (failure instanceof IllegalArgumentException) {
        exchange.say(HttpStatus.BAD_REQUEST_400, "this cannot be asked of the origin");
      } else {
        exchange.say(HttpStatus.BAD_GATEWAY_502, "the response broke off before its first byte");
      }
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(e);
    }
  }
}
