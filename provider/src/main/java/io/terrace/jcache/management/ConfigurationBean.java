package io.terrace.jcache.management;

import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;

/** The configuration of one cache, as it is at the moment. Thread safe. */
public final class ConfigurationBean implements CacheMXBean {
  private final Cache<?, ?> cache;

  public ConfigurationBean(Cache<?, ?> cache) {
    this.cache = cache;
  }

  @SuppressWarnings("unchecked") // the standard's own signature asks for the raw class
  private CompleteConfiguration<?, ?> configuration() {
    return (CompleteConfiguration<?, ?>)
        ((Cache<Object, Object>) cache).getConfiguration(CompleteConfiguration.class);
  }

  @Override
  public String getKeyType() {
    return configuration().getKeyType().getName();
  }

  @Override
  public String getValueType() {
    return configuration().getValueType().getName();
  }

  @Override
  public boolean isReadThrough() {
    return configuration().isReadThrough();
  }

  @Override
  public boolean isWriteThrough() {
    return configuration().isWriteThrough();
  }

  @Override
  public boolean isStoreByValue() {
    return configuration().isStoreByValue();
  }

  @Override
  public boolean isStatisticsEnabled() {
    return configuration().isStatisticsEnabled();
  }

  @Override
  public boolean isManagementEnabled() {
    return configuration().isManagementEnabled();
  }
}
