package io.terrace.jcache.processor;

import javax.cache.CacheException;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * What a processor made of one of many keys.
 *
 * @param value its result, if it did not fail
 * @param failure why there is none, or null
 */
public record ProcessingResult<T>(@Nullable T value, @Nullable CacheException failure)
    implements EntryProcessorResult<T> {

  @Override
  public @Nullable T get() {
    if (failure instanceof EntryProcessorException processing) {
      throw processing;
    }
    if (failure != null) {
      throw new EntryProcessorException(failure);
    }
    return value;
  }
}
