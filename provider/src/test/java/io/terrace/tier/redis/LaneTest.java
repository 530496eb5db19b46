package io.terrace.tier.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How threads share the batches of a lane, with a carrier that waits when the test wants it. */
@Timeout(60)
class LaneTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Integer> sizes = new CopyOnWriteArrayList<>();
  private final LongAdder carried = new LongAdder();
  private final List<Thread> leaders = new CopyOnWriteArrayList<>();
  private final CountDownLatch firstBegan = new CountDownLatch(1);
  private final CountDownLatch firstMayEnd = new CountDownLatch(1);

  private final Lane lane =
      new Lane(
          (batch, seat, deadline) -> {
            carried.add(batch.size());
            if (sizes.size() < 10) {
              sizes.add(batch.size());
              leaders.add(Thread.currentThread());
            }
            if (sizes.size() == 1) {
              firstBegan.countDown();
              awaitUnchecked(firstMayEnd);
            }
            batch.fail(new Failure(Failure.Kind.LOST, "carried", null));
          },
          1);

  @AfterEach
  void endThreads() throws InterruptedException {
    firstMayEnd.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Call call(Duration timeout) {
    Request request = new Request(-1, null, Requests.bytes("PING"));
    return new Call(request, Call.Route.DIRECT, System.nanoTime() + timeout.toNanos());
  }

  private Future<Call> run(Duration timeout, CompletableFuture<Thread> thread) {
    return threads.submit(
        () -> {
          Call call = call(timeout);
          thread.complete(Thread.currentThread());
          lane.run(call);
          return call;
        });
  }

  private Future<Call> parked(Duration timeout) throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Call> call = run(timeout, thread);
    Thread waiter = thread.get();
    Requests.await(() -> waiter.getState() == Thread.State.TIMED_WAITING || call.isDone());
    return call;
  }

  @Test
  void whatComesDuringABatchGoesTogetherInTheNext() throws Exception {
    Future<Call> first = run(LONG, new CompletableFuture<>());
    firstBegan.await();
    List<Future<Call>> others = List.of(parked(LONG), parked(LONG), parked(LONG));
    firstMayEnd.countDown();
    for (Future<Call> other : others) {
      assertThat(other.get().isDone()).isTrue();
    }
    assertThat(first.get().isDone()).isTrue();
    assertThat(sizes).containsExactly(1, 3);
  }

  @Test
  void theLeadPassesOn() throws Exception {
    run(LONG, new CompletableFuture<>());
    firstBegan.await();
    Future<Call> other = parked(LONG);
    firstMayEnd.countDown();
    other.get();
    assertThat(leaders).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void whoseTimeIsOverBeforeItsTurnIsWithdrawnAndNeverCarried() throws Exception {
    run(LONG, new CompletableFuture<>());
    firstBegan.await();
    Call late = parked(Duration.ofMillis(20)).get();
    assertThat(late.isDone()).isFalse();
    assertThat(late.isWithdrawn()).isTrue();
    firstMayEnd.countDown();
    Call next = call(LONG);
    assertThat(lane.run(next)).isTrue();
    assertThat(sizes).containsExactly(1, 1);
  }

  @Test
  void aWaiterThatIsInterruptedGoesOnWaitingAndStaysInterrupted() throws Exception {
    run(LONG, new CompletableFuture<>());
    firstBegan.await();
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Boolean> interrupted =
        threads.submit(
            () -> {
              thread.complete(Thread.currentThread());
              boolean done = lane.run(call(LONG));
              return done && Thread.interrupted();
            });
    Thread waiter = thread.get();
    Requests.await(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    waiter.interrupt();
    firstMayEnd.countDown();
    assertThat(interrupted.get()).isTrue();
  }

  @Test
  void aServerFarAwayIsAskedOverMoreConnections() throws Exception {
    AtomicInteger count = new AtomicInteger();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Lane far =
        new Lane(
            (batch, seat, deadline) -> {
              int number = count.incrementAndGet();
              long begin = System.nanoTime();
              while (number <= 64 && System.nanoTime() - begin < 150_000) {
                Thread.onSpinWait();
              }
              if (number == 65) {
                began.countDown();
                awaitUnchecked(mayEnd);
              }
              batch.fail(new Failure(Failure.Kind.LOST, "carried", null));
            },
            2);
    for (int i = 0; i < 64; i++) {
      assertThat(far.run(call(LONG))).isTrue();
    }
    Future<Boolean> held = threads.submit(() -> far.run(call(LONG)));
    began.await();
    assertThat(far.run(call(LONG))).isTrue();
    assertThat(held.isDone()).isFalse();
    mayEnd.countDown();
    assertThat(held.get()).isTrue();
  }

  @Test
  void noCallIsLostAmongManyThreads() throws Exception {
    firstMayEnd.countDown();
    List<CompletableFuture<Long>> done =
        IntStream.range(0, 8)
            .mapToObj(
                thread ->
                    CompletableFuture.supplyAsync(
                        () -> IntStream.range(0, 20_000).filter(i -> lane.run(call(LONG))).count(),
                        threads))
            .toList();
    for (CompletableFuture<Long> future : done) {
      assertThat(future.get()).isEqualTo(20_000);
    }
    assertThat(carried.sum()).isEqualTo(8 * 20_000);
  }
}
