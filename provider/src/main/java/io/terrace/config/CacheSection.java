package io.terrace.config;

import io.terrace.Codec;
import io.terrace.TerraceConfigurationException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** What the file says of one cache, checked; null stands for what it does not say. */
record CacheSection(
    StackSection stack,
    @Nullable Placed<Class<?>> keyType,
    @Nullable Placed<Class<?>> valueType,
    @Nullable Codec<?> codec,
    @Nullable Factory<ExpiryPolicy> expiry,
    @Nullable Boolean storeByValue,
    @Nullable Placed<Boolean> readThrough,
    @Nullable Placed<Boolean> writeThrough,
    @Nullable Boolean statistics,
    @Nullable Boolean management) {

  /**
   * The request, with the file's word wherever it has JSR-107's default.
   *
   * @throws TerraceConfigurationException if they contradict each other
   */
  <K, V> MutableConfiguration<K, V> complete(Configuration<K, V> requested) {
    MutableConfiguration<K, V> result = copy(requested);
    result.setTypes(
        type(keyType, requested.getKeyType()), type(valueType, requested.getValueType()));
    if (expiry != null && result.getExpiryPolicyFactory().equals(EternalExpiryPolicy.factoryOf())) {
      result.setExpiryPolicyFactory(expiry);
    }
    if (Boolean.FALSE.equals(storeByValue)) {
      result.setStoreByValue(false);
    }
    if (Boolean.TRUE.equals(statistics)) {
      result.setStatisticsEnabled(true);
    }
    if (Boolean.TRUE.equals(management)) {
      result.setManagementEnabled(true);
    }
    if (asks(readThrough, result.getCacheLoaderFactory(), "a CacheLoader")) {
      result.setReadThrough(true);
    }
    if (asks(writeThrough, result.getCacheWriterFactory(), "a CacheWriter")) {
      result.setWriteThrough(true);
    }
    return result;
  }

  private static <K, V> MutableConfiguration<K, V> copy(Configuration<K, V> requested) {
    return requested instanceof CompleteConfiguration<K, V> complete
        ? new MutableConfiguration<>(complete)
        : new MutableConfiguration<K, V>().setStoreByValue(requested.isStoreByValue());
  }

  @SuppressWarnings("unchecked") // Object in the request stands for any type
  private static <T> Class<T> type(@Nullable Placed<Class<?>> declared, Class<T> requested) {
    if (declared == null || declared.value() == requested) {
      return requested;
    }
    if (requested != (Class<?>) Object.class) {
      throw new TerraceConfigurationException(
          declared.place()
              + " is "
              + declared.value().getName()
              + ", but the cache is created with "
              + requested.getName()
              + ": make them the same, or leave one out");
    }
    return (Class<T>) declared.value();
  }

  private static boolean asks(
      @Nullable Placed<Boolean> through, @Nullable Object factory, String needed) {
    if (through == null || !through.value()) {
      return false;
    }
    if (factory == null) {
      throw new TerraceConfigurationException(
          through.place()
              + " needs "
              + needed
              + ", which only code can give: create the cache with createCache and a configuration"
              + " that has its factory, or remove the setting");
    }
    return true;
  }
}
