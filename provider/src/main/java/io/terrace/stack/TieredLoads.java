package io.terrace.stack;

import io.terrace.EntryTooLargeException;
import io.terrace.Freshness;
import io.terrace.TierUnavailableException;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Loads entries that no tier of a {@link TieredStack} holds. Where other processes share the
 * authority, whoever misses a key there takes its lease: one process loads, the others wait for
 * what it stores. A loaded value is stored only if nothing wrote or purged the key since it was
 * missed (I3): a flight sees to that within the process, the lease between processes. Thread safe.
 */
final class TieredLoads<K, V> {
  private static final System.Logger LOGGER = System.getLogger(TieredLoads.class.getName());

  private final TieredStack<K, V> stack;
  private final @Nullable Front<K, V> front;
  private final ByteTiers tiers;
  private final @Nullable SharedAuthority shared;
  private final KeyCodec<K> keys;
  private final InstantSource clock;

  TieredLoads(
      TieredStack<K, V> stack,
      @Nullable Front<K, V> front,
      ByteTiers tiers,
      @Nullable SharedAuthority shared,
      KeyCodec<K> keys,
      InstantSource clock) {
    this.stack = stack;
    this.front = front;
    this.tiers = tiers;
    this.shared = shared;
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * What was found of a key.
   *
   * @param present the entry to serve, or null to load one
   * @param fill the condition under which a loaded value may be stored; null if it may not
   */
  private record Look<V>(@Nullable Resident<V> present, @Nullable Condition fill) {}

  @Nullable Resident<V> readOrLoad(K key, Loader<K, V> loader, @Nullable Flight<V> flight) {
    Look<V> look =
        shared == null || flight == null
            ? new Look<>(stack.read(key, flight), flight == null ? null : Condition.ABSENT)
            : lookOrLease(key, shared, flight);
    if (look.present() != null) {
      return look.present();
    }
    if (flight != null) {
      flight.foundNothing();
    }
    Loader.Loaded<V> loaded;
    try {
      loaded = loader.load(key);
    } catch (RuntimeException e) {
      giveBack(key, look.fill());
      return staleInstead(key, e);
    }
    if (loaded == null) {
      giveBack(key, look.fill());
      return null;
    }
    Resident<V> stored = flight == null ? null : store(key, loader, loaded, look.fill(), flight);
    return stored == null ? detached(loaded) : stored;
  }

  private Resident<V> detached(Loader.Loaded<V> loaded) {
    long now = clock.millis();
    return stack.resident(
        loaded.value(), EntryHeader.UNASSIGNED, now, loaded.expiresAtMillis(), now);
  }

  private void giveBack(K key, @Nullable Condition fill) {
    if (shared != null && fill != null && fill.kind() == Condition.Kind.LEASED) {
      shared.tier().releaseLease(keys.encode(key), fill.version());
    }
  }

  /** Asks the tiers, the last of them for the lease of what it does not have. */
  private Look<V> lookOrLease(K key, SharedAuthority authority, Flight<V> flight) {
    EntryKey entryKey = keys.encode(key);
    long askedAtMillis = clock.millis();
    try (Found above = tiers.findAbove(entryKey)) {
      Resident<V> present = above == null ? null : stack.served(key, above, flight, askedAtMillis);
      if (present != null) {
        return new Look<>(present, null);
      }
    }
    while (true) {
      askedAtMillis = clock.millis();
      LeaseAnswer answer = authority.lookupOrLease(entryKey, flight::foundNothing);
      if (answer instanceof LeaseAnswer.Granted granted) {
        tiers.authorityCounters().misses.increment();
        return new Look<>(null, Condition.leased(granted.lease()));
      } else if (answer instanceof LeaseAnswer.Skipped skipped) {
        throw tiers.unavailable("read an entry", new IOException(skipped.detail()));
      } else if (answer instanceof LeaseAnswer.Found found) {
        Look<V> look = lookAt(key, found, flight, askedAtMillis);
        if (look != null) {
          return look;
        }
      } else {
        return new Look<>(null, null);
      }
    }
  }

  /** An entry that is stale may be replaced at its version; null if there is none any more. */
  private @Nullable Look<V> lookAt(
      K key, LeaseAnswer.Found answer, Flight<V> flight, long askedAtMillis) {
    try (Found accepted = tiers.acceptFromAuthority(answer.hit())) {
      if (accepted == null) {
        return null;
      }
      Found found = accepted.copied(answer.mayCopy());
      EntryHeader header = found.header();
      Resident<V> present = stack.served(key, found, flight, askedAtMillis);
      if (present != null) {
        return new Look<>(present, null);
      }
      boolean isStale = header.freshness() == Freshness.STALE && !stack.isExpired(header);
      return isStale ? new Look<>(null, Condition.versionIs(header.version())) : null;
    }
  }

  /** Stores a loaded value; null if it is not to be stored, or could not be. */
  private @Nullable Resident<V> store(
      K key,
      Loader<K, V> loader,
      Loader.Loaded<V> loaded,
      @Nullable Condition fill,
      Flight<V> flight) {
    if (fill == null) {
      return null;
    }
    if (loaded.expiresAtMillis() <= clock.millis()) {
      giveBack(key, fill);
      return null;
    }
    Fill task = encoded(key, loaded, fill);
    boolean filled = shared == null ? flight.copyUp(task::run) : task.runAndCopyUp(flight);
    Resident<V> stored = task.stored;
    if (!filled || stored == null) {
      giveBack(key, fill);
      return null;
    }
    if (front != null) {
      front.tellEvictions();
    }
    loader.stored(key, loaded.value());
    return stored;
  }

  private Fill encoded(K key, Loader.Loaded<V> loaded, Condition fill) {
    try {
      return new Fill(key, loaded, fill);
    } catch (RuntimeException e) {
      giveBack(key, fill);
      throw e;
    }
  }

  /** One value on its way into the tiers. */
  private final class Fill {
    private final K key;
    private final Loader.Loaded<V> loaded;
    private final Condition condition;
    private final EntryHeader header;
    private final byte[] body;
    private @Nullable Resident<V> stored;

    Fill(K key, Loader.Loaded<V> loaded, Condition condition) {
      this.key = key;
      this.loaded = loaded;
      this.condition = condition;
      this.header = stack.header(key, clock.millis(), loaded.expiresAtMillis());
      this.body = stack.encode(loaded.value());
    }

    /** Stores the value in all tiers, in a section in which nobody cancels the flight. */
    boolean run() {
      long version = write();
      if (version == EntryHeader.UNASSIGNED) {
        return false;
      }
      stored = stack.copyUp(key, loaded.value(), header, body, version);
      return true;
    }

    /**
     * Stores it at the authority, which the condition alone protects, and then above: so nobody who
     * cancels the flight waits for the shared tier.
     */
    boolean runAndCopyUp(Flight<V> flight) {
      long version = write();
      if (version == EntryHeader.UNASSIGNED) {
        return false;
      }
      boolean copied =
          flight.copyUp(
              () -> {
                stored = stack.copyUp(key, loaded.value(), header, body, version);
                return true;
              });
      if (!copied) {
        long created = header.createdAtMillis();
        stored =
            stack.resident(loaded.value(), version, created, header.expiresAtMillis(), created);
      }
      return true;
    }

    /**
     * The version under which the authority took the value, or unassigned. One that is too large,
     * or that cannot be written now, is no failure of the read: the value is there.
     */
    private long write() {
      try {
        CommitResult result = stack.write(header, body, condition);
        return result instanceof CommitResult.Committed committed
            ? committed.version()
            : EntryHeader.UNASSIGNED;
      } catch (EntryTooLargeException | TierUnavailableException e) {
        LOGGER.log(
            System.Logger.Level.WARNING,
            "loaded entry " + header.key().digest() + " is not cached: " + e.getMessage());
        return EntryHeader.UNASSIGNED;
      }
    }
  }

  /** What a soft purge left of the key, to be served as its origin fails; rethrows if nothing. */
  private Resident<V> staleInstead(K key, RuntimeException failure) {
    Resident<V> stale;
    try {
      stale = stack.stale(key);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      throw failure;
    }
    if (stale == null) {
      throw failure;
    }
    LOGGER.log(
        System.Logger.Level.WARNING,
        "the loader failed ({0}): entry {1} is served stale",
        failure.getClass().getName(),
        keys.encode(key).digest());
    return stale;
  }
}
