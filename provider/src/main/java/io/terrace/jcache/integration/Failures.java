package io.terrace.jcache.integration;

import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriterException;
import javax.cache.processor.EntryProcessorException;

/**
 * What JSR-107 calls the failures of user code; the only place that decides it. An exception that
 * already has the right type stays as it is, and errors are never wrapped.
 */
public final class Failures {
  private Failures() {}

  public static CacheLoaderException loading(Exception failure) {
    return failure instanceof CacheLoaderException named
        ? named
        : new CacheLoaderException("the CacheLoader failed: " + failure, failure);
  }

  public static CacheWriterException writing(Exception failure) {
    return failure instanceof CacheWriterException named
        ? named
        : new CacheWriterException("the CacheWriter failed, nothing changed: " + failure, failure);
  }

  public static CacheEntryListenerException listening(Exception failure) {
    return failure instanceof CacheEntryListenerException named
        ? named
        : new CacheEntryListenerException(
            "a listener failed after the cache had changed: " + failure, failure);
  }

  /**
   * The failure of an entry processor. What the cache itself or its loader threw inside of the
   * processor passes through.
   */
  public static CacheException processing(Exception failure) {
    return failure instanceof CacheException named
        ? named
        : new EntryProcessorException("the EntryProcessor failed: " + failure, failure);
  }

  /** The failure of a {@code close()} of user code. */
  public static CacheException closing(Exception failure) {
    return failure instanceof CacheException named
        ? named
        : new CacheException("closing what the cache was configured with failed", failure);
  }
}
