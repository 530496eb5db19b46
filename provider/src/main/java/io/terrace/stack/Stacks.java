package io.terrace.stack;

import io.terrace.Codec;
import io.terrace.CoherenceSettings;
import io.terrace.HeapSettings;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TierSettings;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.EvictionListener;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.NoticeBoard;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.ObjectTierFactory;
import io.terrace.tier.SharedTier;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Opens the stack of one cache from the settings of its tiers. */
public final class Stacks {
  private Stacks() {}

  /**
   * What the cache brings along, beside its tiers.
   *
   * @param keys made only if there is a tier below the heap
   * @param values likewise
   * @param ownKeys turns a key of the user's into one that the heap may keep
   * @param shareable which values may be shared without a copy
   * @param keyType the type of keys as configured
   * @param promotion what is copied up when it is read
   * @param coherence how copies follow a shared authority
   */
  public record Bindings<K, V>(
      Supplier<KeyCodec<K>> keys,
      Supplier<Codec<V>> values,
      UnaryOperator<K> ownKeys,
      Predicate<Object> shareable,
      StackListener<K, V> listener,
      Class<K> keyType,
      PromotionPolicy promotion,
      CoherenceSettings coherence) {}

  /**
   * Opens the tiers, top first; blocks while durable ones recover. Whatever fails, what is already
   * open is closed again.
   *
   * @throws CacheException if a tier cannot be opened
   */
  public static <K, V> Stack<K, V> open(
      List<TierSettings> settings, TierContext context, Bindings<K, V> bindings) {
    HeapSettings heapSettings = settings.get(0) instanceof HeapSettings heap ? heap : null;
    if (heapSettings != null && settings.size() == 1) {
      return openObjects(heapSettings, context, bindings);
    }
    List<Closeable> open = new ArrayList<>();
    try {
      Front<K, V> front =
          heapSettings == null ? null : openFront(heapSettings, context, bindings, open);
      List<TierSettings> below = settings.subList(front == null ? 0 : 1, settings.size());
      return openTiered(front, below, context, bindings, open);
    } catch (RuntimeException | Error e) {
      closeAfter(e, open);
      throw e;
    }
  }

  /**
   * @param open gets what is open as soon as it is
   */
  private static <K, V> Stack<K, V> openTiered(
      @Nullable Front<K, V> front,
      List<TierSettings> below,
      TierContext context,
      Bindings<K, V> bindings,
      List<Closeable> open) {
    KeyCodec<K> keys = bindings.keys().get();
    Codec<V> values = bindings.values().get();
    TierContext listening = listening(context, keys, below, bindings.listener());
    return new TieredStack<>(
        front,
        byteTiers(openAll(below, listening, open), bindings.coherence()),
        keys,
        values,
        context.clock(),
        bindings.shareable(),
        bindings.listener(),
        bindings.keyType(),
        bindings.promotion(),
        sharing(bindings.coherence(), context, keys, bindings.listener()));
  }

  private static ByteTiers byteTiers(List<Tier> tiers, CoherenceSettings coherence) {
    return byteTiers(tiers, coherence.loadLease(), System::nanoTime);
  }

  /**
   * The tiers as they are, but that a shared one above a shared authority tells of changes there.
   *
   * @param life how long a process is waited for that is heard of no more
   * @param nanoClock as {@link System#nanoTime}
   */
  static ByteTiers byteTiers(List<Tier> tiers, Duration life, LongSupplier nanoClock) {
    for (int i = 0; i < tiers.size() - 1; i++) {
      if (tiers.get(i) instanceof CoherentTier teller) {
        return told(tiers, i, teller, life, nanoClock);
      }
    }
    return new ByteTiers(tiers);
  }

  private static ByteTiers told(
      List<Tier> tiers, int index, CoherentTier teller, Duration life, LongSupplier nanoClock) {
    int last = tiers.size() - 1;
    if (!(tiers.get(last) instanceof SharedTier authority)
        || !(authority instanceof NoticeBoard board)) {
      throw new IllegalArgumentException("'" + teller.name() + "' cannot tell of this authority");
    }
    UntoldChanges untold =
        new UntoldChanges(board, teller, life, authority.clearsSettleAfter(), nanoClock);
    SharedCopies copies = new SharedCopies(teller, untold, life);
    List<Tier> told = new ArrayList<>(tiers);
    told.set(index, copies);
    told.set(last, new ToldAuthority(authority, copies));
    ByteTiers all = new ByteTiers(told);
    untold.keepIn(all.upper().get(index));
    return all;
  }

  private static void closeAfter(Throwable failure, List<Closeable> open) {
    for (Closeable part : open) {
      try {
        part.close();
      } catch (IOException | RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static <K> Sharing sharing(
      CoherenceSettings settings,
      TierContext context,
      KeyCodec<K> keys,
      StackListener<K, ?> listener) {
    return Sharing.by(
        settings,
        () -> CoherenceThread.of(context.cacheName()),
        new RemoteChanges<>(keys, listener));
  }

  /**
   * Opens the tiers of a cache of streams, top first; blocks while durable ones recover. Whatever
   * fails, what is already open is closed again.
   *
   * @throws CacheException if a tier cannot be opened
   */
  public static <K> Stack<K, StreamValue> openStreams(
      List<TierSettings> settings,
      StreamSettings streams,
      PromotionPolicy policy,
      TierContext context,
      CoherenceSettings coherence,
      KeyCodec<K> keys,
      Class<K> keyType,
      StackListener<K, StreamValue> listener) {
    List<Closeable> open = new ArrayList<>();
    try {
      TierContext listening = listening(context, keys, settings, listener);
      return new StreamStack<>(
          byteTiers(openAll(settings, listening, open), coherence),
          keys,
          streams,
          policy,
          context.clock(),
          listener,
          new LaneThreads(context.cacheName()),
          keyType,
          sharing(coherence, context, keys, listener));
    } catch (RuntimeException | Error e) {
      closeAfter(e, open);
      throw e;
    }
  }

  private static <K, V> Stack<K, V> openObjects(
      HeapSettings settings, TierContext context, Bindings<K, V> bindings) {
    HeapEvictions<K, V> evictions =
        new HeapEvictions<>(bindings.listener(), settings.tier(), TierEventKind.EVICTED);
    return new ObjectStack<>(
        openHeap(settings, evictions),
        settings.ttl(),
        context.clock(),
        bindings.shareable(),
        bindings.listener(),
        bindings.keyType(),
        evictions);
  }

  private static <K, V> Front<K, V> openFront(
      HeapSettings settings, TierContext context, Bindings<K, V> bindings, List<Closeable> open) {
    HeapEvictions<K, V> evictions =
        new HeapEvictions<>(bindings.listener(), settings.tier(), TierEventKind.DEMOTED);
    ObjectTier<K, V> heap = openHeap(settings, evictions);
    open.add(heap);
    return new Front<>(heap, bindings.ownKeys(), settings.ttl(), context.clock(), evictions);
  }

  private static <K, V> ObjectTier<K, V> openHeap(
      HeapSettings settings, EvictionListener<K, V> evictions) {
    ObjectTierFactory factory =
        first(ServiceLoader.load(ObjectTierFactory.class, Stacks.class.getClassLoader()));
    if (factory == null) {
      throw new CacheException("no heap tier on the class path: add io.terrace:terrace unshaded");
    }
    return factory.open(settings, evictions);
  }

  /** The context of byte tiers that tell the listener of the stack what leaves them. */
  private static <K> TierContext listening(
      TierContext context,
      KeyCodec<K> keys,
      List<TierSettings> below,
      StackListener<K, ?> listener) {
    String authority = below.get(below.size() - 1).tier();
    TierEvents<K> events = new TierEvents<>(listener, authority);
    return new TierContext(
        context.managerUri(),
        context.cacheName(),
        context.clock(),
        new TierDepartures<>(keys, events, context.listener()));
  }

  private static List<Tier> openAll(
      List<TierSettings> settings, TierContext context, List<Closeable> open) {
    List<Tier> tiers = new ArrayList<>();
    try {
      for (TierSettings one : settings) {
        Tier tier = factory(one.tier()).open(one, context);
        open.add(tier);
        tiers.add(tier);
      }
      return tiers;
    } catch (CacheException refused) {
      throw refused;
    } catch (IOException | RuntimeException e) {
      throw new CacheException(
          "cache '" + context.cacheName() + "' cannot be opened: " + e.getMessage(), e);
    }
  }

  private static TierFactory factory(String tier) {
    for (TierFactory factory :
        ServiceLoader.load(TierFactory.class, Stacks.class.getClassLoader())) {
      if (factory.tier().equals(tier)) {
        return factory;
      }
    }
    throw new CacheException("tier '" + tier + "' is not available in this version");
  }

  private static <T> @Nullable T first(ServiceLoader<T> services) {
    Iterator<T> all = services.iterator();
    return all.hasNext() ? all.next() : null;
  }
}
