package io.terrace.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.StreamSettings;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Strings in a stack of one kind: a tier that fails above an authority; time stands still. */
final class RepairFixture {

  /** What the stack keeps. */
  enum Kind {
    TYPED,
    STREAMS
  }

  private final StackFixture typed = new StackFixture();
  private final StreamFixture streams = new StreamFixture();
  private final Kind kind;

  final MemoryTier memory = typed.upperMemory;
  final FaultyTier faults = typed.upper;
  final HookedTier upper = new HookedTier(faults);
  final FaultyTier authorityFaults = typed.authorityFaults;

  private final Stack<String, String> strings;
  private final StreamStack<String> bodies;

  /**
   * @param maxRepairs how much the upper tier may owe
   */
  RepairFixture(Kind kind, int maxRepairs) {
    this.kind = kind;
    ByteTiers tiers = new ByteTiers(List.of(upper, authorityFaults), maxRepairs);
    strings = typed.tiered(PromotionPolicy.ALWAYS, null, null, tiers);
    bodies =
        streams.stack(
            StreamSettings.DEFAULTS, PromotionPolicy.ALWAYS, new SteppingExecutor(), tiers);
  }

  private static <T> T io(IoCall<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface IoCall<T> {
    T run() throws IOException;
  }

  void put(String key, String value) {
    if (kind == Kind.TYPED) {
      StackFixture.put(strings, key, value);
    } else {
      StreamFixture.put(bodies, key, value.getBytes(UTF_8));
    }
  }

  void putTagged(String key, String value, String tag) {
    Metadata metadata = new Metadata(null, Set.of(tag), Map.of());
    if (kind == Kind.TYPED) {
      put(key, value);
      long version = strings.find(key).version();
      if (!strings.operations().update(key, version, MetadataUpdate.of(metadata))) {
        throw new AssertionError("not tagged");
      }
    } else {
      StreamFixture.put(bodies, key, value.getBytes(UTF_8), metadata);
    }
  }

  @Nullable String get(String key) {
    if (kind == Kind.TYPED) {
      return StackFixture.get(strings, key);
    }
    byte[] body = io(() -> StreamFixture.get(bodies, key));
    return body == null ? null : new String(body, UTF_8);
  }

  private Stack<String, ?> stack() {
    return kind == Kind.TYPED ? strings : bodies;
  }

  boolean remove(String key) {
    return stack().remove(key);
  }

  void clear() {
    stack().clear();
  }

  /** What the upper tier made of a purge by tag. */
  Outcome purgeTag(String tag, PurgeMode mode) {
    PurgeReceipt receipt = stack().operations().purgeTag(tag, mode);
    return receipt.tiers().get(0).outcome();
  }

  boolean update(String key, MetadataUpdate update) {
    return stack().operations().update(key, version(key), update);
  }

  /** The version the authority has. */
  long version(String key) {
    EntryHeader header = io(() -> Entries.headerOf(typed.authorityMemory, encoded(key)));
    return header == null ? EntryHeader.UNASSIGNED : header.version();
  }

  /** What the upper tier holds, served or not. */
  @Nullable String stored(String key) {
    byte[] body = io(() -> Entries.get(memory, encoded(key)));
    if (body == null) {
      return null;
    }
    return kind == Kind.TYPED
        ? io(() -> typed.values.decode(ByteBuffer.wrap(body)))
        : new String(body, UTF_8);
  }

  @Nullable EntryHeader header(String key) {
    return io(() -> Entries.headerOf(memory, encoded(key)));
  }

  /** Puts a copy into the upper tier, later than what the authority has. */
  void store(String key, String value) {
    int codec = kind == Kind.TYPED ? typed.values.id() : StreamStack.CODEC_ID;
    EntryHeader header =
        EntryHeader.of(encoded(key), nowMillis(), EntryHeader.NEVER, codec, Metadata.NONE);
    byte[] body = kind == Kind.TYPED ? io(() -> typed.values.encode(value)) : value.getBytes(UTF_8);
    long version = version(key) + 1;
    CommitResult result =
        io(
            () -> {
              try (WriteHandle out = memory.openWrite(header, Condition.ALWAYS)) {
                out.write(ByteBuffer.wrap(body));
                return out.commitAs(version);
              }
            });
    if (!(result instanceof CommitResult.Committed)) {
      throw new AssertionError("not stored");
    }
  }

  private EntryKey encoded(String key) {
    return typed.encoded(key);
  }

  long nowMillis() {
    return typed.now.get();
  }

  void pass(long millis) {
    typed.now.addAndGet(millis);
    streams.now.addAndGet(millis);
  }
}
