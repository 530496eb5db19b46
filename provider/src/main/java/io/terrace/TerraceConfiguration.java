package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;

/**
 * What JSR-107 says of a cache, and its stack of tiers. Immutable and thread safe; {@link #builder}
 * makes one from a standard configuration, of which it keeps a copy.
 *
 * <p>Two are equal when all their parts are; a factory of the user's has its own idea of equality.
 * Serializable with everything in it, provided that the factories, the listeners' configurations
 * and the codec are.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
public final class TerraceConfiguration<K, V> implements CompleteConfiguration<K, V> {
  @Serial private static final long serialVersionUID = 1L;

  /** Never leaves this object and never changes after construction. */
  private final MutableConfiguration<K, V> standard;

  private final List<CacheEntryListenerConfiguration<K, V>> listeners;
  private final List<TierSettings> tiers;

  @SuppressWarnings("serial") // serializable if the user's codec is, as with the standard factories
  private final @Nullable Codec<V> valueCodec;

  private final List<String> allowedClasses;
  private final @Nullable StreamSettings stream;
  private final PromotionPolicy promotion;
  private final CoherenceSettings coherence;

  /** Stream settings that are null stand for the defaults, where values are streams. */
  private TerraceConfiguration(
      CompleteConfiguration<K, V> standard,
      List<TierSettings> tiers,
      @Nullable Codec<V> valueCodec,
      List<String> allowedClasses,
      @Nullable StreamSettings stream,
      PromotionPolicy promotion,
      CoherenceSettings coherence) {
    this.standard = new MutableConfiguration<>(standard);
    List<CacheEntryListenerConfiguration<K, V>> listenerCopy = new ArrayList<>();
    for (CacheEntryListenerConfiguration<K, V> listener :
        this.standard.getCacheEntryListenerConfigurations()) {
      listenerCopy.add(listener);
    }
    this.listeners = Collections.unmodifiableList(listenerCopy);
    this.tiers = List.copyOf(tiers);
    this.valueCodec = valueCodec;
    this.allowedClasses = List.copyOf(allowedClasses);
    boolean isStream = standard.getValueType() == (Class<?>) StreamValue.class;
    this.stream = isStream && stream == null ? StreamSettings.DEFAULTS : stream;
    this.promotion = promotion;
    this.coherence = coherence;
    StackRules.checkOrder(this.tiers);
    if (isStream) {
      checkStreams();
    } else if (stream != null) {
      throw new InvalidSettingException(
          "stream",
          "is for values of "
              + StreamValue.class.getName()
              + ", not of "
              + standard.getValueType().getName());
    }
    StackRules.checkPromotion(promotion, this.tiers);
    StackRules.checkCoherence(coherence, this.tiers);
  }

  private void checkStreams() {
    if (valueCodec != null) {
      throw new InvalidSettingException(
          "codec", "cannot be set for streams: their bytes are stored as they are");
    }
    if (!standard.isStoreByValue()) {
      throw new InvalidSettingException(
          "store-by-value", "must be true for streams: they are read when they are stored");
    }
  }

  /**
   * The tiers, top first; never empty, no kind twice, the heap on top if it is there, nothing local
   * below the lowest shared one.
   */
  public List<TierSettings> tiers() {
    return tiers;
  }

  /** The codec of the values, or null for the built-in ones. */
  public @Nullable Codec<V> valueCodec() {
    return valueCodec;
  }

  /** Class name patterns that Java deserialization may load beside the built-in allow-list. */
  public List<String> allowedClasses() {
    return allowedClasses;
  }

  /** How bytes are moved; null exactly if the values are no {@link StreamValue}s. */
  public @Nullable StreamSettings stream() {
    return stream;
  }

  /** When entries are copied up. */
  public PromotionPolicy promotion() {
    return promotion;
  }

  /** How local copies follow other processes; of no effect without a shared tier. */
  public CoherenceSettings coherence() {
    return coherence;
  }

  /** The same under another standard configuration: all that is not JSR-107's stays. */
  public TerraceConfiguration<K, V> withStandard(CompleteConfiguration<K, V> configuration) {
    return new TerraceConfiguration<>(
        configuration, tiers, valueCodec, allowedClasses, stream, promotion, coherence);
  }

  /**
   * The same, but Java deserialization may load more classes.
   *
   * @param patterns as in {@link Builder#allowClasses}
   */
  public TerraceConfiguration<K, V> allowing(List<String> patterns) {
    List<String> all = new ArrayList<>(allowedClasses);
    for (String pattern : patterns) {
      all.add(Require.classPattern("serialization.allow", pattern));
    }
    return new TerraceConfiguration<>(
        standard, tiers, valueCodec, all, stream, promotion, coherence);
  }

  @Override
  public Class<K> getKeyType() {
    return standard.getKeyType();
  }

  @Override
  public Class<V> getValueType() {
    return standard.getValueType();
  }

  @Override
  public boolean isStoreByValue() {
    return standard.isStoreByValue();
  }

  @Override
  public boolean isReadThrough() {
    return standard.isReadThrough();
  }

  @Override
  public boolean isWriteThrough() {
    return standard.isWriteThrough();
  }

  @Override
  public boolean isStatisticsEnabled() {
    return standard.isStatisticsEnabled();
  }

  @Override
  public boolean isManagementEnabled() {
    return standard.isManagementEnabled();
  }

  /** Unmodifiable. */
  @Override
  public Iterable<CacheEntryListenerConfiguration<K, V>> getCacheEntryListenerConfigurations() {
    return listeners;
  }

  @Override
  public @Nullable Factory<CacheLoader<K, V>> getCacheLoaderFactory() {
    return standard.getCacheLoaderFactory();
  }

  @Override
  public @Nullable Factory<CacheWriter<? super K, ? super V>> getCacheWriterFactory() {
    return standard.getCacheWriterFactory();
  }

  @Override
  public Factory<ExpiryPolicy> getExpiryPolicyFactory() {
    return standard.getExpiryPolicyFactory();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TerraceConfiguration<?, ?> that
        && standard.equals(that.standard)
        && tiers.equals(that.tiers)
        && Objects.equals(valueCodec, that.valueCodec)
        && allowedClasses.equals(that.allowedClasses)
        && Objects.equals(stream, that.stream)
        && promotion.equals(that.promotion)
        && coherence.equals(that.coherence);
  }

  @Override
  public int hashCode() {
    return Objects.hash(standard, tiers, valueCodec, allowedClasses, stream, promotion, coherence);
  }

  @Override
  public String toString() {
    return "TerraceConfiguration["
        + getKeyType().getName()
        + " -> "
        + getValueType().getName()
        + ", tiers="
        + tiers
        + "]";
  }

  @Serial
  private Object writeReplace() {
    return new SerializedForm<>(
        standard,
        new ArrayList<>(tiers),
        valueCodec,
        new ArrayList<>(allowedClasses),
        stream,
        promotion,
        coherence);
  }

  @Serial
  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a TerraceConfiguration is read through its serialized form");
  }

  /** Makes what was written pass the checks of the constructor again. */
  private record SerializedForm<K, V>(
      MutableConfiguration<K, V> standard,
      ArrayList<TierSettings> tiers,
      @Nullable Codec<V> valueCodec,
      ArrayList<String> allowedClasses,
      @Nullable StreamSettings stream,
      PromotionPolicy promotion,
      CoherenceSettings coherence)
      implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    @Serial
    private Object readResolve() {
      return new TerraceConfiguration<>(
          standard, tiers, valueCodec, allowedClasses, stream, promotion, coherence);
    }
  }

  /**
   * A builder that starts from a standard configuration. Where that is a {@code
   * TerraceConfiguration}, what it has beside the standard is not taken: see {@link #withStandard}.
   */
  public static <K, V> Builder<K, V> builder(Configuration<K, V> standard) {
    return new Builder<>(standard);
  }

  /** A builder that starts from JSR-107's defaults with these types. */
  public static <K, V> Builder<K, V> builder(Class<K> keyType, Class<V> valueType) {
    return new Builder<>(new MutableConfiguration<K, V>().setTypes(keyType, valueType));
  }

  /** Builds a {@link TerraceConfiguration}. Not thread safe. */
  public static final class Builder<K, V> {
    private final CompleteConfiguration<K, V> standard;
    private final List<TierSettings> tiers = new ArrayList<>();
    private final List<String> allowedClasses = new ArrayList<>();
    private @Nullable Codec<V> valueCodec;
    private @Nullable StreamSettings stream;
    private PromotionPolicy promotion = PromotionPolicy.ALWAYS;
    private CoherenceSettings coherence = CoherenceSettings.DEFAULTS;

    private Builder(Configuration<K, V> standard) {
      this.standard =
          standard instanceof CompleteConfiguration<K, V> complete
              ? complete
              : new MutableConfiguration<K, V>()
                  .setTypes(standard.getKeyType(), standard.getValueType())
                  .setStoreByValue(standard.isStoreByValue());
    }

    /** Adds a tier below those already added. */
    public Builder<K, V> tier(TierSettings settings) {
      tiers.add(requireNonNull(settings, "settings"));
      return this;
    }

    /** Encodes values below the heap; the built-in codecs do if not said. */
    public Builder<K, V> valueCodec(Codec<V> codec) {
      valueCodec = requireNonNull(codec, "codec");
      return this;
    }

    /**
     * Lets Java deserialization load more classes than the cache's types and the JDK's values.
     *
     * @param patterns class names; {@code com.acme.*} is a package and {@code com.acme.**} a
     *     package with those below it
     */
    public Builder<K, V> allowClasses(String... patterns) {
      for (String pattern : patterns) {
        allowedClasses.add(Require.classPattern("serialization.allow", pattern));
      }
      return this;
    }

    /** How the bytes of {@link StreamValue}s are moved; with the defaults if not said. */
    public Builder<K, V> stream(StreamSettings settings) {
      stream = requireNonNull(settings, "settings");
      return this;
    }

    /**
     * When entries found in one tier are copied up into another; when they were read to their end
     * if not said.
     *
     * @param from the name of a tier
     * @param to the name of a tier above it
     */
    public Builder<K, V> promotion(String from, String to, Promotion when) {
      promotion = promotion.with(from, to, when);
      return this;
    }

    /** How local copies follow other processes; with the defaults if not said. */
    public Builder<K, V> coherence(CoherenceSettings settings) {
      coherence = requireNonNull(settings, "settings");
      return this;
    }

    /**
     * The configuration; of a heap with its defaults if no tier was added.
     *
     * @throws InvalidSettingException if a kind of tier is there twice, the heap is not on top, or
     *     a local tier is below the lowest shared one; if a promotion is for a tier that is not
     *     there, or does not go up; if there are settings of coherence other than the defaults and
     *     no shared tier; if there are stream settings and values are no {@link StreamValue}s, or
     *     they are and there is a codec, or they are to be stored by reference
     */
    public TerraceConfiguration<K, V> build() {
      List<TierSettings> stack = tiers.isEmpty() ? List.of(HeapSettings.builder().build()) : tiers;
      return new TerraceConfiguration<>(
          standard, stack, valueCodec, allowedClasses, stream, promotion, coherence);
    }
  }
}
