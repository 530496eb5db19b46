package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.codec.AllowList;
import io.terrace.codec.KeyCodecs;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.TierCapabilities.Scope;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tiers of one random stack, which fail at random calls. Not thread safe. */
final class ModelTiers {
  static final int AUTHORITY_BYTES = 300_000;
  private static final int[] UPPER_BYTES = {100, 70_000, 1 << 20};

  private final Random random;
  private final KeyCodec<String> keys =
      KeyCodecs.of(String.class, AllowList.of(List.of()), getClass().getClassLoader());
  private final List<MemoryTier> memories = new ArrayList<>();
  private final List<FaultyTier> faults = new ArrayList<>();

  /** Upper tiers that failed: some of what they hold is hidden until they are repaired. */
  private final Set<Integer> suspect = new HashSet<>();

  private long[] failuresBefore = {};
  private FaultyTier.Effect effect = FaultyTier.Effect.NOT_DONE;

  ModelTiers(Random random, InstantSource clock) {
    this.random = random;
    int count = 2 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      boolean lowest = i == count - 1;
      int limit = lowest ? AUTHORITY_BYTES : UPPER_BYTES[random.nextInt(UPPER_BYTES.length)];
      Scope scope = random.nextBoolean() || lowest ? Scope.MACHINE : Scope.PROCESS;
      memories.add(new MemoryTier("tier" + i, clock, limit).withScope(scope));
      faults.add(new FaultyTier(memories.get(i)));
    }
  }

  /** The tiers for a stack, some with so few repairs that they have to be cleared soon. */
  ByteTiers stacked() {
    int maxRepairs = random.nextInt(4) == 0 ? random.nextInt(3) : RepairJournal.MAX_REPAIRS;
    return new ByteTiers(new ArrayList<>(faults), maxRepairs);
  }

  KeyCodec<String> keys() {
    return keys;
  }

  int count() {
    return memories.size();
  }

  String name(int tier) {
    return memories.get(tier).name();
  }

  int indexOf(String name) {
    int index = 0;
    while (!name(index).equals(name)) {
      index++;
    }
    return index;
  }

  MemoryTier memory(int tier) {
    return memories.get(tier);
  }

  @Nullable EntryHeader held(int tier, String key) {
    return Entries.headerOf(memories.get(tier), keys.encode(key));
  }

  @Nullable EntryHeader heldByAuthority(String key) {
    return held(memories.size() - 1, key);
  }

  /** Plans a failure, perhaps, of a random call. */
  void planFault() {
    failuresBefore = faults.stream().mapToLong(FaultyTier::failures).toArray();
    if (random.nextInt(5) > 0) {
      return;
    }
    FaultyTier tier = anyFaulty();
    FaultyTier.Operation[] operations = FaultyTier.Operation.values();
    switch (random.nextInt(3)) {
      case 0 -> tier.failCall(1 + random.nextInt(8));
      case 1 -> tier.failNext(operations[random.nextInt(operations.length)]);
      default -> {
        tier.failAlways(operations[random.nextInt(operations.length)]);
        tier.failAlways(operations[random.nextInt(operations.length)]);
      }
    }
  }

  /** Fails the next call of this kind in a random tier. */
  void failNext(FaultyTier.Operation operation) {
    anyFaulty().failNext(operation);
  }

  /** The tier whose faults have a random effect, which is that of all of them. */
  private FaultyTier anyFaulty() {
    FaultyTier.Effect[] effects = FaultyTier.Effect.values();
    effect = effects[random.nextInt(effects.length)];
    faults.forEach(each -> each.withEffect(effect));
    return faults.get(random.nextInt(faults.size()));
  }

  void heal() {
    faults.forEach(FaultyTier::heal);
    for (int i = 0; i < memories.size() - 1; i++) {
      if (failed(i)) {
        suspect.add(i);
      }
    }
  }

  /** Whether a tier failed since the fault was planned. */
  boolean failed(int tier) {
    return faults.get(tier).failures() > failuresBefore[tier];
  }

  /** Whether the authority failed since the fault was planned. */
  boolean authorityFailed() {
    return failed(memories.size() - 1);
  }

  /** Whether the authority failed, and had done what it was asked for. */
  boolean authorityDidWhatFailed() {
    return authorityFailed() && effect == FaultyTier.Effect.DONE;
  }

  /** Whether any tier did. */
  boolean anyFailed() {
    for (int i = 0; i < memories.size(); i++) {
      if (failed(i)) {
        return true;
      }
    }
    return false;
  }

  /** Upper tiers were looked at while all were well: what was to be repaired is. */
  void trustAll() {
    suspect.clear();
  }

  /** Some of what upper tiers hold is hidden until they are repaired. */
  void distrustAll() {
    for (int i = 0; i < memories.size() - 1; i++) {
      suspect.add(i);
    }
  }

  /** Whether nothing is hidden in any tier. */
  boolean areTrusted() {
    return suspect.isEmpty();
  }

  boolean isTrusted(int tier) {
    return !suspect.contains(tier);
  }

  void assertNothingOpen(String when) {
    for (MemoryTier memory : memories) {
      assertThat(memory.openHandles()).as("handles of %s, %s", memory.name(), when).isZero();
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (MemoryTier memory : memories) {
      text.append(memory.name())
          .append(' ')
          .append(memory.capabilities().scope())
          .append(" up to ")
          .append(memory.maxEntryBytes())
          .append("; ");
    }
    return text.toString();
  }
}
