package io.terrace.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers. They lie below the range from which the kernel serves outgoing connections, so
 * that a port stays free while its server is down; and no two servers of one JVM get the same.
 */
final class Ports {
  private static final int FIRST = 15_000;
  private static final int COUNT = 16_000;

  private static final AtomicInteger next =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private Ports() {}

  /** A port that was free a moment ago; another JVM may take it before the server does. */
  static int free() {
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + Math.floorMod(next.getAndIncrement(), COUNT);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException e) {
        // In use: the next one.
      }
    }
    throw new IllegalStateException(
        "No free port from " + FIRST + " to " + (FIRST + COUNT - 1) + " on the loopback address");
  }
}
