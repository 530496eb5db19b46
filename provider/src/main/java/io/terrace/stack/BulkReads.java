package io.terrace.stack;

import io.terrace.TierUnavailableException;
import io.terrace.tier.BulkTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.Lookup;
import io.terrace.tier.Resident;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads many keys of a {@link TieredStack} with one question to its authority. Each key that nobody
 * is at work on has a flight of its own, which lands as soon as its answer is there; flights of
 * others are followed only after all of these landed, so that nobody waits in a circle. Thread
 * safe.
 */
final class BulkReads<K, V> {
  private final TieredStack<K, V> stack;
  private final ByteTiers tiers;
  private final BulkTier authority;
  private final Activities<K, V> activities;
  private final KeyCodec<K> keys;
  private final InstantSource clock;

  BulkReads(
      TieredStack<K, V> stack,
      ByteTiers tiers,
      BulkTier authority,
      Activities<K, V> activities,
      KeyCodec<K> keys,
      InstantSource clock) {
    this.stack = stack;
    this.tiers = tiers;
    this.authority = authority;
    this.activities = activities;
    this.keys = keys;
    this.clock = clock;
  }

  /** Adds the live entries of keys that the heap does not have. */
  void read(List<K> absent, Map<K, Resident<V>> to) {
    Batch batch = new Batch(to);
    batch.run(absent);
    if (batch.failure != null) {
      throw batch.failure;
    }
  }

  /**
   * A key that this batch asks for.
   *
   * @param flight null if it may not be copied up
   */
  private record Asked<K, V>(K key, EntryKey entryKey, @Nullable Flight<V> flight) {}

  private final class Batch {
    private final Map<K, Resident<V>> found;
    private final long askedAtMillis = clock.millis();
    private final List<Asked<K, V>> asked = new ArrayList<>();
    private final List<Asked<K, V>> below = new ArrayList<>();
    private final Map<K, Flight<V>> followed = new HashMap<>();
    private @Nullable RuntimeException failure;

    Batch(Map<K, Resident<V>> found) {
      this.found = found;
    }

    void run(List<K> absent) {
      try {
        absent.forEach(this::takeOff);
        asked.forEach(this::lookAbove);
        askAuthority();
      } catch (RuntimeException | Error e) {
        for (Asked<K, V> one : asked) {
          if (one.flight() != null) {
            one.flight().fail(e); // if it has not landed
          }
        }
        throw e;
      } finally {
        asked.forEach(this::leave);
      }
      followed.forEach(this::follow);
    }

    private void takeOff(K key) {
      try {
        EntryKey entryKey = keys.encode(key);
        Flight<V> flight = stack.keepsBytesAlone() ? null : new Flight<>(Flight.Wait.FOR_TIERS);
        Activity current = flight == null ? null : activities.takeOff(key, flight);
        if (current instanceof Flight<?> other) {
          followed.put(key, Activities.ofValues(other));
        } else {
          asked.add(new Asked<>(key, entryKey, current == null ? flight : null));
        }
      } catch (RuntimeException e) {
        note(e);
      }
    }

    private void lookAbove(Asked<K, V> one) {
      if (one.flight() == null) {
        below.add(one);
        return;
      }
      try (Found above = tiers.findAbove(one.entryKey())) {
        if (above == null) {
          below.add(one);
        } else {
          land(one, stack.served(one.key(), above, one.flight(), askedAtMillis));
        }
      } catch (RuntimeException e) {
        fail(one, e);
      }
    }

    private void askAuthority() {
      if (below.isEmpty()) {
        return;
      }
      List<ToldAuthority.Answer> answers =
          tiers.lookupAllToCopy(below.stream().map(Asked::entryKey).toList(), authority);
      try {
        for (int i = 0; i < answers.size(); i++) {
          answered(below.get(i), answers.get(i));
        }
      } finally {
        BulkReads.close(answers.stream().map(ToldAuthority.Answer::lookup).toList());
      }
    }

    private void answered(Asked<K, V> one, ToldAuthority.Answer answer) {
      try (Found hit = tiers.answeredByAuthority(answer.lookup())) {
        Found found = hit == null ? null : hit.copied(answer.mayCopy());
        land(
            one,
            found == null ? null : stack.served(one.key(), found, one.flight(), askedAtMillis));
      } catch (TierUnavailableException e) {
        Resident<V> copy = stack.uncompared(one.key());
        if (copy == null) {
          fail(one, e);
        } else {
          land(one, copy);
        }
      } catch (RuntimeException e) {
        fail(one, e);
      }
    }

    private void land(Asked<K, V> one, @Nullable Resident<V> resident) {
      add(one.key(), resident);
      if (one.flight() != null) {
        one.flight().complete(resident);
      }
      leave(one);
    }

    private void fail(Asked<K, V> one, RuntimeException cause) {
      note(cause);
      if (one.flight() != null) {
        one.flight().fail(cause);
      }
      leave(one);
    }

    private void leave(Asked<K, V> one) {
      if (one.flight() != null) {
        activities.land(one.key(), one.flight());
      }
    }

    private void follow(K key, Flight<V> flight) {
      try {
        add(key, activities.follow(flight, Flight.Wait.FOR_TIERS, none -> stack.read(key, null)));
      } catch (RuntimeException e) {
        note(e);
      }
    }

    private void add(K key, @Nullable Resident<V> resident) {
      if (resident != null) {
        found.put(key, resident);
      }
    }

    private void note(RuntimeException e) {
      failure = failure == null ? e : failure;
    }
  }

  /** Closes what was found; what was taken is closed by then, which does no harm. */
  static void close(List<Lookup> answers) {
    for (Lookup answer : answers) {
      if (answer instanceof Lookup.Hit hit) {
        hit.body().close();
      }
    }
  }
}
