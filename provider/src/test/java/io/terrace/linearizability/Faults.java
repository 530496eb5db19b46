package io.terrace.linearizability;

import io.terrace.linearizability.ReadBound.Outage;
import io.terrace.linearizability.SharedServer.Annoyance;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.FaultyProxy.Direction;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets things happen to a server and to the way of each process to it, one after the other, while a
 * history is made; and notes when a process may have been without contact. At the end of a history
 * all is well again. The pauses set the pace only. Not thread safe but for the thread of its own.
 */
final class Faults {
  private static final int BETWEEN_MILLIS = 400;
  private static final int KILLED_MILLIS = 300;
  private static final int STALLED_MILLIS = 1_500;
  private static final int STOPPED_MILLIS = 2_500;

  private final List<SharedServer> servers;
  private final List<List<FaultyProxy>> proxies;
  private final Fleet fleet;
  private final List<Outage> outages = new ArrayList<>();
  private final List<String> happened = new ArrayList<>();

  /** What may happen, beside what is said of the server. */
  private enum Fault {
    KILL_SERVER,
    PAUSE_SERVER,
    CUT,
    REJECT,
    STALL_BOTH,
    STALL_ANSWERS,
    DELAY,
    STOP_PROCESS
  }

  /**
   * @param proxies for each server the way of each process, by its number
   * @param fleet a program for each process
   */
  Faults(List<SharedServer> servers, List<List<FaultyProxy>> proxies, Fleet fleet) {
    this.servers = servers;
    this.proxies = proxies;
    this.fleet = fleet;
  }

  /** While this runs, things happen. */
  @FunctionalInterface
  interface Task<T> {
    T run() throws Exception;
  }

  /** Runs a task; which faults come, and in which order, is up to the seed. */
  <T> T during(long seed, Task<T> task) throws Exception {
    Random random = new Random(seed);
    CountDownLatch over = new CountDownLatch(1);
    CompletableFuture<Void> faults = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!over.await(random.nextInt(BETWEEN_MILLIS), TimeUnit.MILLISECONDS)) {
                  strike(random);
                }
                faults.complete(null);
              } catch (Throwable e) {
                faults.completeExceptionally(e);
              }
            },
            "faults");
    thread.start();
    try {
      return task.run();
    } finally {
      over.countDown();
      join(faults);
    }
  }

  private static void join(CompletableFuture<Void> faults) {
    try {
      faults.join();
    } catch (CompletionException e) {
      throw new AssertionError("faults failed", e.getCause());
    }
  }

  private void strike(Random random) throws IOException, InterruptedException {
    int which = servers.size() == 1 ? 0 : random.nextInt(servers.size());
    SharedServer server = servers.get(which);
    int chosen = random.nextInt(Fault.values().length + server.annoyances().size());
    if (chosen < Fault.values().length) {
      strike(Fault.values()[chosen], which, random);
      return;
    }
    Annoyance annoyance = server.annoyances().get(chosen - Fault.values().length);
    annoyance.happening().run();
    happened.add(annoyance.name());
  }

  private void strike(Fault fault, int which, Random random)
      throws IOException, InterruptedException {
    SharedServer server = servers.get(which);
    int process = random.nextInt(proxies.get(which).size());
    FaultyProxy proxy = proxies.get(which).get(process);
    long from = System.nanoTime();
    switch (fault) {
      case KILL_SERVER -> {
        server.kill().run();
        Thread.sleep(random.nextInt(KILLED_MILLIS));
        server.restart().run();
      }
      case PAUSE_SERVER -> {
        server.pause().run();
        Thread.sleep(random.nextInt(STALLED_MILLIS / 2));
        server.resume().run();
      }
      case CUT -> proxy.dropConnections();
      case REJECT -> {
        proxy.reject();
        proxy.dropConnections();
        Thread.sleep(random.nextInt(STALLED_MILLIS));
        proxy.resume();
      }
      case STALL_BOTH -> stall(proxy, Direction.BOTH, random);
      case STALL_ANSWERS -> stall(proxy, Direction.TO_CLIENT, random);
      case DELAY -> {
        proxy.delay(Duration.ofMillis(random.nextInt(20)));
        Thread.sleep(random.nextInt(STALLED_MILLIS));
        proxy.delay(Duration.ZERO);
      }
      case STOP_PROCESS -> {
        fleet.signal(process, "STOP");
        Thread.sleep(random.nextInt(STOPPED_MILLIS));
        fleet.signal(process, "CONT");
      }
    }
    note(fault, which, process, from);
  }

  private static void stall(FaultyProxy proxy, Direction direction, Random random)
      throws InterruptedException {
    proxy.stall(direction);
    Thread.sleep(random.nextInt(STALLED_MILLIS));
    proxy.resume();
  }

  private void note(Fault fault, int which, int process, long from) {
    long to = System.nanoTime();
    String where = servers.size() == 1 ? " " : " of server " + which + ", process ";
    happened.add(fault + where + process + " for " + (to - from) / 1_000_000 + " ms");
    boolean all = fault == Fault.KILL_SERVER || fault == Fault.PAUSE_SERVER;
    outages.add(new Outage(all ? Outage.ALL : process, from, to));
  }

  /** When processes may have been without contact, so far. */
  List<Outage> outages() {
    return List.copyOf(outages);
  }

  /** The same where who cannot tell of a change concerns all who read. */
  List<Outage> outagesOfAll() {
    return outages.stream()
        .map(outage -> new Outage(Outage.ALL, outage.fromNanos(), outage.toNanos()))
        .toList();
  }

  /** What happened since this was last asked. */
  List<String> happened() {
    List<String> told = List.copyOf(happened);
    happened.clear();
    return told;
  }
}
