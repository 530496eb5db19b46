package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Freshness;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a tier must hold after what {@link CrashWorkload} said, and the comparison with one. */
final class CrashModel {

  /** How exact the tier has to be. */
  enum Demand {
    /** Each key as it was acknowledged last, or as the change under way would have made it. */
    EXACT,
    /** As EXACT, but entries may be missing. */
    LATEST_OR_NOTHING,
    /** Whatever was committed once, or nothing. */
    COMMITTED_OR_NOTHING
  }

  /** What a key holds; the body is a function of the seed. */
  record State(long seed, int size, long expiresAtMillis, boolean stale) {
    byte[] body() {
      return Entries.bytes(seed, size);
    }
  }

  private final Map<String, State> acknowledged = new TreeMap<>();
  private final Map<String, List<State>> history = new HashMap<>();
  private final Map<String, String[]> pending = new HashMap<>();
  private long acknowledgements;

  long acknowledgements() {
    return acknowledgements;
  }

  /** Follows one line of the program. */
  void hear(String line) {
    String[] words = line.split(" ");
    if (words[0].equals("I")) {
      pending.put(words[1], words);
      if (words[2].equals("put") || words[2].equals("touch")) {
        remember(words[3], after(words[3], words));
      } else if (words[2].equals("purge")) {
        for (String key : keysOf(words[3])) {
          remember(key, after(key, words));
        }
      }
    } else if (words[0].equals("A")) {
      apply(pending.remove(words[1]));
      acknowledgements++;
    } else if (!line.equals("ready")) {
      throw new AssertionError("the program failed: " + line);
    }
  }

  private void remember(String key, @Nullable State state) {
    if (state != null) {
      history.computeIfAbsent(key, k -> new ArrayList<>()).add(state);
    }
  }

  /** What a key holds after a change that concerns it. */
  private @Nullable State after(String key, String[] words) {
    State state = acknowledged.get(key);
    return switch (words[2]) {
      case "put" ->
          new State(Long.parseLong(words[4]), Integer.parseInt(words[5]), EntryHeader.NEVER, false);
      case "touch" ->
          state == null
              ? null
              : new State(state.seed, state.size, Long.parseLong(words[4]), state.stale);
      case "purge" ->
          state == null || words[4].equals("HARD")
              ? null
              : new State(state.seed, state.size, state.expiresAtMillis, true);
      default -> null;
    };
  }

  /** The keys that have a tag and hold something. */
  private List<String> keysOf(String tag) {
    List<String> keys = new ArrayList<>();
    for (String key : acknowledged.keySet()) {
      if (tagOf(key).equals(tag)) {
        keys.add(key);
      }
    }
    return keys;
  }

  private static String tagOf(String key) {
    int dash = key.indexOf('-');
    int thread = Integer.parseInt(key.substring(1, dash));
    return CrashWorkload.tag(thread, Integer.parseInt(key.substring(dash + 1)));
  }

  private void apply(String[] words) {
    switch (words[2]) {
      case "clear" -> acknowledged.clear();
      case "put", "touch", "remove" -> set(words[3], after(words[3], words));
      case "purge" -> {
        for (String key : keysOf(words[3])) {
          set(key, after(key, words));
        }
      }
      default -> {}
    }
  }

  private void set(String key, @Nullable State state) {
    if (state == null) {
      acknowledged.remove(key);
    } else {
      acknowledged.put(key, state);
    }
  }

  /** Compares every key, and takes what the tier holds as the truth from then on. */
  void verify(Tier tier, CrashWorkload.Load load, Demand demand) throws IOException {
    boolean clearing = false;
    Map<String, String[]> changes = new HashMap<>();
    for (String[] words : pending.values()) {
      clearing |= words[2].equals("clear");
      if (words.length > 3) {
        for (String key : words[2].equals("purge") ? keysOf(words[3]) : List.of(words[3])) {
          changes.put(key, words);
        }
      }
    }
    Map<String, State> found = new TreeMap<>();
    for (int thread = 0; thread < CrashWorkload.THREADS; thread++) {
      for (int i = 0; i < load.smallKeys() + load.longKeys(); i++) {
        String key = CrashWorkload.key(thread, i);
        State state = verify(tier, key, changes.get(key), demand, clearing);
        if (state != null) {
          found.put(key, state);
        }
      }
    }
    if (clearing && demand == Demand.EXACT) {
      assertThat(found.size()).as("a clear is atomic").isIn(0, acknowledged.size());
    }
    if (demand == Demand.EXACT) {
      requireWholePurges(found);
      assertThat(tier.usage().evictions()).isZero();
      assertThat(tier.usage().corruptions()).isZero();
    }
    if (demand != Demand.LATEST_OR_NOTHING) { // else reclaiming goes on meanwhile
      requireCount(tier, load, found);
    }
    acknowledged.clear();
    acknowledged.putAll(found);
    pending.clear();
  }

  /**
   * What a purge by tag hit is counted until somebody meets it while nobody else is at work on the
   * log, as the thread that forces it may be.
   */
  private void requireCount(Tier tier, CrashWorkload.Load load, Map<String, State> found)
      throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (tier.usage().entries() > found.size() && System.nanoTime() < deadline) {
      for (int thread = 0; thread < CrashWorkload.THREADS; thread++) {
        for (int i = 0; i < load.smallKeys() + load.longKeys(); i++) {
          String key = CrashWorkload.key(thread, i);
          boolean there = Entries.get(tier, Entries.key(key)) != null;
          assertThat(there).isEqualTo(found.containsKey(key));
        }
      }
    }
    assertThat(tier.usage().entries()).isEqualTo(found.size());
  }

  /** A purge under way has hit all that had the tag, or nothing. */
  private void requireWholePurges(Map<String, State> found) {
    for (String[] words : pending.values()) {
      if (words[2].equals("purge")) {
        int hit = 0;
        int missed = 0;
        for (String key : keysOf(words[3])) {
          State before = acknowledged.get(key);
          State after = after(key, words);
          if (!Objects.equals(before, after)) {
            hit += Objects.equals(found.get(key), after) ? 1 : 0;
            missed += Objects.equals(found.get(key), before) ? 1 : 0;
          }
        }
        assertThat(Math.min(hit, missed)).as("a purge by tag is atomic").isZero();
      }
    }
  }

  private @Nullable State verify(
      Tier tier, String key, String @Nullable [] change, Demand demand, boolean clearing)
      throws IOException {
    List<@Nullable State> allowed = new ArrayList<>();
    allowed.add(acknowledged.get(key));
    if (change != null) {
      allowed.add(after(key, change));
    }
    if (clearing || demand != Demand.EXACT) {
      allowed.add(null);
    }
    if (demand == Demand.COMMITTED_OR_NOTHING) {
      allowed.addAll(history.getOrDefault(key, List.of()));
    }
    return match(tier, Entries.key(key), key, allowed, demand);
  }

  private static @Nullable State match(
      Tier tier, EntryKey key, String name, List<@Nullable State> allowed, Demand demand)
      throws IOException {
    Lookup lookup = tier.lookup(key);
    assertThat(lookup).isNotInstanceOf(Lookup.Skipped.class);
    if (!(lookup instanceof Lookup.Hit hit)) {
      assertThat(allowed).as("%s is missing", name).contains((State) null);
      return null;
    }
    byte[] body;
    try (ReadHandle read = hit.body()) {
      body = Entries.readAll(read);
    } catch (IOException e) {
      if (demand == Demand.COMMITTED_OR_NOTHING && tier.lookup(key) instanceof Lookup.Miss) {
        return null; // damaged in the middle: purged
      }
      throw e;
    }
    for (State state : allowed) {
      if (state != null
          && state.size == body.length
          && state.expiresAtMillis == hit.header().expiresAtMillis()
          && state.stale == (hit.header().freshness() == Freshness.STALE)
          && Arrays.equals(state.body(), body)) {
        return state;
      }
    }
    throw new AssertionError(
        name
            + " holds "
            + body.length
            + " bytes, version "
            + hit.header().version()
            + ", "
            + hit.header().freshness()
            + ", that nobody may see; allowed "
            + allowed);
  }
}
