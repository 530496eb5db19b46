package io.terrace.jcache;

import io.terrace.Codec;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.codec.AllowList;
import io.terrace.codec.Codecs;
import io.terrace.codec.Copier;
import io.terrace.codec.KeyCodecs;
import io.terrace.internal.concurrent.Contention;
import io.terrace.jcache.integration.UserLoader;
import io.terrace.jcache.integration.UserWriter;
import io.terrace.stack.Stack;
import io.terrace.stack.StackListener;
import io.terrace.stack.Stacks;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.TierContext;
import java.io.Closeable;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.cache.configuration.Factory;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a cache is made of: its stack, and what its configuration names, made by the user's
 * factories.
 *
 * @param loader the user's, or null
 * @param writer the user's where the cache is write-through, or null
 * @param closeables what of the user's has to be closed with the cache
 */
record CacheParts<K, V>(
    TerraceConfiguration<K, V> configuration,
    Stack<K, V> stack,
    Copies<K, V> copies,
    Deadlines deadlines,
    ChangeOrder<K, V> order,
    @Nullable UserLoader<K, V> loader,
    @Nullable UserWriter<K, V> writer,
    List<Closeable> closeables) {

  /**
   * Makes the parts and opens the stack; blocks while durable tiers recover.
   *
   * @param context where the tiers live, and their clock
   * @param classes where classes of keys and values are found
   * @param workers deliver asynchronous events
   * @throws IllegalArgumentException if the configuration contradicts itself
   * @throws UnsupportedOperationException if values are to be stored by reference without a heap
   * @throws javax.cache.CacheException if a tier cannot be opened
   */
  static <K, V> CacheParts<K, V> open(
      TerraceConfiguration<K, V> configuration,
      TierContext context,
      ClassLoader classes,
      Executor workers) {
    List<Closeable> closeables = new ArrayList<>();
    try {
      return open(configuration, context, classes, workers, closeables);
    } catch (RuntimeException e) {
      for (Closeable closeable : closeables) {
        closeAfter(e, closeable);
      }
      throw e;
    }
  }

  private static <K, V> CacheParts<K, V> open(
      TerraceConfiguration<K, V> configuration,
      TierContext context,
      ClassLoader classes,
      Executor workers,
      List<Closeable> closeables) {
    UserLoader<K, V> loader = loader(configuration, closeables);
    UserWriter<K, V> writer = writer(configuration, closeables);
    Deadlines deadlines = deadlines(configuration, context.clock(), closeables);
    ChangeOrder<K, V> order = new ChangeOrder<>(workers, writer != null);
    Copier<Object> copier = configuration.isStoreByValue() ? new Copier<>(classes) : null;
    StreamSettings streams = configuration.stream();
    Copies<K, V> copies = new Copies<>(copier, streams == null ? copier : null);
    Stack<K, V> stack =
        streams == null
            ? openObjects(configuration, context, classes, copier, copies, order)
            : openStreams(configuration, streams, context, classes, order);
    return new CacheParts<>(
        configuration, stack, copies, deadlines, order, loader, writer, closeables);
  }

  private static <K, V> Stack<K, V> openObjects(
      TerraceConfiguration<K, V> configuration,
      TierContext context,
      ClassLoader classes,
      @Nullable Copier<Object> copier,
      Copies<K, V> copies,
      ChangeOrder<K, V> order) {
    CodecsBelow<K, V> below = new CodecsBelow<>(configuration, classes);
    Stacks.Bindings<K, V> bindings =
        new Stacks.Bindings<>(
            below.new Keys(),
            below.new Values(),
            new OwnKeys<>(copies),
            new Shareable(copier),
            order,
            configuration.getKeyType(),
            configuration.promotion(),
            configuration.coherence());
    Stack<K, V> stack = Stacks.open(configuration.tiers(), context, bindings);
    if (copier == null && !stack.keepsObjects()) {
      stack.close();
      throw new UnsupportedOperationException(
          "cache '"
              + context.cacheName()
              + "' is to store by reference, which only a stack with a heap can:"
              + " add heap to its tiers or store by value");
    }
    return stack;
  }

  @SuppressWarnings("unchecked") // V is StreamValue
  private static <K, V> Stack<K, V> openStreams(
      TerraceConfiguration<K, V> configuration,
      StreamSettings streams,
      TierContext context,
      ClassLoader classes,
      ChangeOrder<K, V> order) {
    if (!configuration.isStoreByValue()) {
      throw new UnsupportedOperationException(
          "cache '"
              + context.cacheName()
              + "' is to store streams by reference, but a cache keeps their bytes:"
              + " store by value");
    }
    KeyCodec<K> keys = new CodecsBelow<>(configuration, classes).new Keys().get();
    return (Stack<K, V>)
        Stacks.openStreams(
            configuration.tiers(),
            streams,
            configuration.promotion(),
            context,
            configuration.coherence(),
            keys,
            configuration.getKeyType(),
            (StackListener<K, StreamValue>) order);
  }

  /**
   * The copies for plain reads and writes, which no event hears of: none where a write keeps the
   * bytes alone and each read decodes a value of its own. A codec of the user's may keep a value,
   * or hand out the same object again.
   */
  Copies<K, V> plainCopies() {
    return stack.keepsBytesAlone() && configuration.valueCodec() == null
        ? new Copies<>(null, null)
        : copies;
  }

  /** What those do who change an entry that others change at the same time. */
  Contention contention() {
    return new Contention(stack.coherenceStatistics() != null);
  }

  /** What the values are. */
  Handles.Kind kind() {
    if (configuration.stream() == null) {
      return Handles.Kind.OBJECTS;
    }
    return writer == null ? Handles.Kind.STREAMS : Handles.Kind.STREAMS_WRITTEN_THROUGH;
  }

  private static void closeAfter(RuntimeException failure, Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static <K, V> @Nullable UserLoader<K, V> loader(
      TerraceConfiguration<K, V> configuration, List<Closeable> closeables) {
    Factory<CacheLoader<K, V>> factory = configuration.getCacheLoaderFactory();
    if (factory == null) {
      if (configuration.isReadThrough()) {
        throw new IllegalArgumentException("a read-through cache needs a CacheLoader factory");
      }
      return null;
    }
    return new UserLoader<>(noted(factory.create(), closeables));
  }

  private static <K, V> @Nullable UserWriter<K, V> writer(
      TerraceConfiguration<K, V> configuration, List<Closeable> closeables) {
    Factory<CacheWriter<? super K, ? super V>> factory = configuration.getCacheWriterFactory();
    if (factory == null) {
      if (configuration.isWriteThrough()) {
        throw new IllegalArgumentException("a write-through cache needs a CacheWriter factory");
      }
      return null;
    }
    CacheWriter<? super K, ? super V> writer = noted(factory.create(), closeables);
    return configuration.isWriteThrough() ? new UserWriter<>(writer) : null;
  }

  private static Deadlines deadlines(
      TerraceConfiguration<?, ?> configuration, InstantSource clock, List<Closeable> closeables) {
    ExpiryPolicy policy = noted(configuration.getExpiryPolicyFactory().create(), closeables);
    return new Deadlines(policy, clock);
  }

  private static <T> T noted(T made, List<Closeable> closeables) {
    if (made instanceof Closeable closeable) {
      closeables.add(closeable);
    }
    return made;
  }

  /** Keys for the heap to keep, which nobody outside can change where the cache stores by value. */
  private record OwnKeys<K>(Copies<K, ?> copies) implements UnaryOperator<K> {
    @Override
    public K apply(K key) {
      return copies.key(key);
    }
  }

  /** Which values need no copy: all of them where the cache stores by reference. */
  private record Shareable(@Nullable Copier<Object> copier) implements Predicate<Object> {
    @Override
    public boolean test(Object value) {
      return copier == null || copier.isShareable(value);
    }
  }

  /** The codecs of the tiers below the heap, made only for a cache that has such tiers. */
  private record CodecsBelow<K, V>(TerraceConfiguration<K, V> configuration, ClassLoader classes) {
    private AllowList allowed() {
      return AllowList.of(
          configuration.allowedClasses(), configuration.getKeyType(), configuration.getValueType());
    }

    private final class Keys implements Supplier<KeyCodec<K>> {
      @Override
      public KeyCodec<K> get() {
        return KeyCodecs.of(configuration.getKeyType(), allowed(), classes);
      }
    }

    private final class Values implements Supplier<Codec<V>> {
      @Override
      public Codec<V> get() {
        Codec<V> chosen = configuration.valueCodec();
        return chosen == null
            ? Codecs.of(configuration.getValueType(), allowed(), classes)
            : chosen;
      }
    }
  }
}
