package io.terrace.benchmarks.redis;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bodies by number, in Redis. Thread safe. */
interface RedisSubject extends AutoCloseable {

  byte @Nullable [] get(int number) throws IOException;

  void put(int number, byte[] body) throws IOException;

  /**
   * Gets many at once.
   *
   * @return what there is, in the subject's own form
   */
  Object getAll(int[] numbers) throws IOException;

  @Override
  void close() throws IOException;
}
