package io.terrace.tier.redis;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Makes the socket of one wire. Used once, by one thread. */
final class Dial implements JedisSocketFactory, Closeable {
  private final HostAndPort server;
  private final long connectNanos;
  private final @Nullable SslOptions trust;
  private @Nullable TimedSocket socket;

  /**
   * @param connectNanos how long the connection may take, and then what is read before somebody
   *     says otherwise
   * @param trust null for no TLS
   */
  Dial(HostAndPort server, long connectNanos, @Nullable SslOptions trust) {
    this.server = server;
    this.connectNanos = connectNanos;
    this.trust = trust;
  }

  /** The socket that bytes come from, with TLS or without. */
  TimedSocket socket() {
    if (socket == null) {
      throw new IllegalStateException("not connected");
    }
    return socket;
  }

  @Override
  public Socket createSocket() {
    try {
      TimedSocket connected = connect();
      socket = connected;
      connected.endReadsAt(System.nanoTime() + connectNanos);
      return trust == null ? connected : secured(connected, trust);
    } catch (IOException | GeneralSecurityException e) {
      throw new JedisConnectionException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Closes what was connected. */
  @Override
  public void close() {
    if (socket != null) {
      socket.closeQuietly();
    }
  }

  /** Tries the addresses of the host in any order, each for its part of the time that is left. */
  private TimedSocket connect() throws IOException {
    List<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(server.getHost()));
    Collections.shuffle(addresses);
    long endNanos = System.nanoTime() + connectNanos;
    IOException failure = new IOException(server.getHost() + " has no address");
    for (int i = 0; i < addresses.size(); i++) {
      long nanos = (endNanos - System.nanoTime()) / (addresses.size() - i);
      long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
      try {
        return connect(
            new InetSocketAddress(addresses.get(i), server.getPort()),
            (int) Math.min(millis, Integer.MAX_VALUE));
      } catch (IOException e) {
        failure = e;
      }
    }
    throw failure;
  }

  private static TimedSocket connect(InetSocketAddress address, int millis) throws IOException {
    TimedSocket socket = new TimedSocket();
    try {
      socket.setReuseAddress(true);
      socket.setKeepAlive(true);
      socket.setTcpNoDelay(true);
      socket.setSoLinger(true, 0); // a close waits for nobody
      socket.connect(address, millis);
      return socket;
    } catch (IOException e) {
      socket.closeQuietly();
      throw e;
    }
  }

  private SSLSocket secured(TimedSocket plain, SslOptions options)
      throws IOException, GeneralSecurityException {
    SSLContext context = options.createSslContext();
    Socket layered =
        context.getSocketFactory().createSocket(plain, server.getHost(), server.getPort(), true);
    SSLSocket secure = (SSLSocket) layered;
    secure.setSSLParameters(options.getSslParameters());
    return secure;
  }
}
