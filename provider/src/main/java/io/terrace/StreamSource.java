package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A value on its way into a cache: the origin of its bytes, and what is said of them. Several with
 * different metadata may share an origin, and then its state.
 */
final class StreamSource implements StreamValue {
  private static final Logger LOGGER = System.getLogger(StreamSource.class.getName());

  private final StreamOrigin origin;
  private final Metadata metadata;
  private final @Nullable Long deadlineMillis;

  private StreamSource(StreamOrigin origin, Metadata metadata, @Nullable Long deadlineMillis) {
    this.origin = origin;
    this.metadata = metadata;
    this.deadlineMillis = deadlineMillis;
  }

  static StreamValue of(byte[] bytes) {
    return new StreamSource(new ArrayOrigin(bytes), Metadata.NONE, null);
  }

  static StreamValue of(Path file) {
    return new StreamSource(new FileOrigin(file), Metadata.NONE, null);
  }

  /** Reads a plain file stream through its channel, which saves a copy. */
  static StreamValue of(InputStream in, long length) {
    return of(
        in.getClass() == FileInputStream.class
            ? ((FileInputStream) in).getChannel()
            : new InputChannel(in),
        length);
  }

  static StreamValue of(ReadableByteChannel channel, long length) {
    if (length < UNKNOWN_LENGTH) {
      throw new IllegalArgumentException("a length must be at least 0 or unknown, not " + length);
    }
    return new StreamSource(new ChannelOrigin(channel, length), Metadata.NONE, null);
  }

  @Override
  public StreamValue withMetadata(Metadata other) {
    return new StreamSource(origin, requireNonNull(other, "metadata"), deadlineMillis);
  }

  @Override
  public StreamValue withDeadline(long millis) {
    return new StreamSource(origin, metadata, millis);
  }

  @Override
  public @Nullable Long deadlineMillis() {
    return deadlineMillis;
  }

  @Override
  public long length() {
    return origin.length();
  }

  @Override
  public Metadata metadata() {
    return metadata;
  }

  @Override
  public @Nullable EntryInfo info() {
    return null;
  }

  @Override
  public boolean isRepeatable() {
    return origin.isRepeatable();
  }

  @Override
  public ReadableByteChannel channel() throws IOException {
    return origin.channel();
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset must be at least 0, not " + offset);
    }
    return origin.read(offset, target);
  }

  @Override
  public void close() {
    try {
      origin.close();
    } catch (IOException e) {
      // What was read was read; there is nothing its user could do about it.
      LOGGER.log(Level.DEBUG, "could not close a source: " + origin, e);
    }
  }

  @Override
  public String toString() {
    return "StreamValue[" + origin + "]";
  }
}
