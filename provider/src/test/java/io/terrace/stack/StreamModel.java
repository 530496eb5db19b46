package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.StreamValue;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;

/**
 * One random sequence of operations on one random stack, next to a map that says what must come
 * out. Everything happens in one thread; what lanes do, and when, is a matter of the seed like the
 * rest. What the operations are is in {@link ModelReads}, {@link ModelWrites}, {@link ModelPushes}
 * and {@link ModelTierOperations}; what has to hold after each is in {@link ModelState}.
 */
final class StreamModel {
  private static final int OPERATIONS = 36;

  private final ModelState state;
  private final ModelReads reads;
  private final ModelPushes pushes;
  private final ModelWrites writes;
  private final ModelTierOperations operations;

  StreamModel(long seed) {
    state = new ModelState(seed);
    reads = new ModelReads(state);
    pushes = new ModelPushes(state);
    writes = new ModelWrites(state, pushes);
    operations = new ModelTierOperations(state, pushes, reads);
  }

  /** Runs a sequence; an assertion that fails says where. */
  void run(int length, String name) throws IOException {
    for (int i = 0; i < length; i++) {
      int operation = state.random.nextInt(OPERATIONS);
      state.when =
          name
              + ", step "
              + i
              + ", operation "
              + operation
              + " on "
              + state.tiers
              + state.settings
              + state.policy;
      step(operation);
      state.checkTiers();
    }
    end();
  }

  private void step(int operation) throws IOException {
    state.tiers.planFault();
    operate(operation, state.anyKey());
    if (state.random.nextInt(3) == 0) {
      boolean unused = state.executor.step();
    }
    state.tiers.heal();
    if (state.random.nextBoolean()) {
      assertThat(state.stack.get("nobody has this")).isNull(); // repairs tiers that have to be
      state.tiers.trustAll();
    }
  }

  private void operate(int operation, String key) throws IOException {
    switch (operation) {
      case 0, 1, 2, 3 -> writes.put(key);
      case 4 -> writes.compareAndSet(key);
      case 5 -> writes.compareWithOther(key);
      case 6 -> writes.remove(key);
      case 7 -> writes.removeSame(key);
      case 8, 9 -> reads.readWhole(key);
      case 10 -> reads.readUntilPromoted(key);
      case 11 -> reads.readPart(key);
      case 12 -> reads.readRanges(key);
      case 13 -> reads.hold(key);
      case 14, 15 -> reads.readOn();
      case 16 -> pushes.join(key);
      case 17 -> pushes.openWriting(key);
      case 18 -> pushes.writeOn();
      case 19 -> pushes.endWriting();
      case 20 -> writes.touch(key);
      case 21, 22 -> operations.update(key);
      case 23 -> clearOrPassTime();
      case 24 -> writes.evict(key);
      case 25 -> writes.load(key);
      case 26 -> writes.stageLater(key);
      case 27 -> pushes.commitStaged();
      case 28 -> operations.residency(key);
      case 29, 30 -> operations.promote(key);
      case 31, 32 -> operations.purgeFrom(key);
      case 33 -> operations.purgeKey(key);
      case 34 -> operations.purgeTag();
      default -> operations.purgePrefix();
    }
  }

  private void clearOrPassTime() throws IOException {
    if (state.random.nextInt(4) > 0) {
      state.pass(state.random.nextInt(4));
    } else {
      writes.clear();
    }
  }

  private void end() throws IOException {
    reads.end();
    pushes.end();
    state.executor.runAll();
    state.tiers.planFault();
    state.tiers.heal();
    state.checkTiers();
    for (Iterator<Map.Entry<String, Resident<StreamValue>>> all = state.stack.iterator();
        all.hasNext(); ) {
      Map.Entry<String, Resident<StreamValue>> entry = all.next();
      assertThat(state.model.get(entry.getKey()).body.length)
          .isEqualTo(entry.getValue().value().length());
    }
    state.executor.runAll();
    assertThat(state.stack.isIdle()).as(state.when + ": somebody is at work").isTrue();
    state.tiers.assertNothingOpen(state.when);
    state.stack.close();
  }
}
