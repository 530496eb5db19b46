package io.terrace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Where the bytes of a {@link StreamSource} come from; the methods are as in the value. */
interface StreamOrigin extends Closeable {

  long length();

  boolean isRepeatable();

  /** Opens the forward reading; closing that closes this origin. */
  ReadableByteChannel channel() throws IOException;

  int read(long offset, ByteBuffer target) throws IOException;

  /** Idempotent; from any thread. An origin that is repeatable can be read again afterwards. */
  @Override
  void close() throws IOException;

  /** What it is, for messages: nothing of the bytes themselves. */
  @Override
  String toString();
}
