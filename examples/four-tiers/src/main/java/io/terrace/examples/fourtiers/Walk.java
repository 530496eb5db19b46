package io.terrace.examples.fourtiers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Takes tiers away and brings them back, and reads in each state. Not thread safe. */
final class Walk implements AutoCloseable {
  private static final int MOST_SAMPLED = 2_000;
  private static final int UPDATED_SHARE = 4; // of the sample

  private final Surroundings surroundings;
  private final Ledger ledger;
  private final LargeObject large;
  private final Report report;
  private final List<Integer> sample;
  private final List<State> states = new ArrayList<>();
  private Application application;

  Walk(Surroundings surroundings, Ledger ledger, int largeMib, Report report) {
    this.surroundings = surroundings;
    this.ledger = ledger;
    this.large = new LargeObject((long) largeMib << 20);
    this.report = report;
    int count = Math.min(MOST_SAMPLED, ledger.entries());
    int stride = ledger.entries() / Math.max(1, count);
    this.sample = IntStream.range(0, count).map(i -> i * stride).boxed().toList();
    application = Application.open(surroundings.properties());
  }

  /** Does it all; false if anything was wrong. */
  boolean run() throws IOException {
    write();
    withAllTiers();
    withoutAws();
    withoutRedis();
    withRedisAgain();
    Audit audit = Audit.of(application.entries(), ledger);
    report.ended(states, large.length(), audit);
    return states.stream().allMatch(State::isRight) && audit.lost() == 0;
  }

  private void write() {
    application.awaitRedis();
    IntStream keys = IntStream.range(0, ledger.entries());
    report.wrote("To all tiers", EntryWrites.of(application.entries(), keys, ledger));
    report.wrote("To all tiers", large, large.write(application.large()));
    application.awaitHeartbeat();
  }

  private void withAllTiers() {
    restart(); // or else the heap would prefer what was written last
    application.awaitRedis();
    EntryReads unused = EntryReads.of(application.entries(), sample, ledger); // fills the heap
    read("all there");
    restart();
    application.awaitRedis();
    read("heap emptied");
  }

  private void withoutAws() {
    restart();
    application.awaitRedis();
    surroundings.stopAws();
    read("aws stopped, heap emptied");
    surroundings.startAws();
    application.awaitAws();
    application.awaitRedis();
  }

  private void withoutRedis() throws IOException {
    surroundings.stopRedis();
    read("redis stopped");
    restart();
    read("redis stopped, heap emptied");
    restartWithoutDisk();
    read("redis stopped, heap and disk emptied");
    large.awaitCopies(application.large(), List.of("disk", "aws"));
    IntStream updated = sample.stream().limit(sample.size() / UPDATED_SHARE).mapToInt(i -> i);
    report.wrote("Without Redis", EntryWrites.of(application.entries(), updated, ledger));
  }

  private void withRedisAgain() throws IOException {
    surroundings.startRedis();
    report.redisIsBack(application.awaitRedis());
    read("redis back, but empty");
    restartWithoutDisk();
    application.awaitRedis();
    read("redis back, but all else emptied");
    large.awaitCopies(application.large(), List.of("redis", "disk", "aws"));
    restartWithoutDisk();
    application.awaitRedis();
    read("heap and disk emptied");
    read("all there again");
  }

  private void read(String state) {
    EntryReads entries = EntryReads.of(application.entries(), sample, ledger);
    states.add(new State(state, entries, large.read(application.large())));
  }

  /** The heap is empty then. */
  private void restart() {
    application.close();
    application = Application.open(surroundings.properties());
  }

  private void restartWithoutDisk() throws IOException {
    application.close();
    surroundings.deleteDisk();
    application = Application.open(surroundings.properties());
  }

  @Override
  public void close() {
    application.close();
  }
}
