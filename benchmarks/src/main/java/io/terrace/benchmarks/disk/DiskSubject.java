package io.terrace.benchmarks.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bodies by number, in files. Thread safe. */
interface DiskSubject extends AutoCloseable {

  byte @Nullable [] get(int number) throws IOException;

  void put(int number, byte[] body) throws IOException;

  /** Closes in good order; what was put is there when the same directory is opened again. */
  @Override
  void close() throws IOException;
}
