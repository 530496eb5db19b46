package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A value of any size, as a stream of bytes: the value type of a {@code Cache<K, StreamValue>}.
 * Neither the cache nor this object ever holds all of it in memory.
 *
 * <p><b>Into a cache</b> goes a <em>source</em>, made by one of the {@code of} methods. The call
 * that stores it reads it to its end and closes it, in any case. A file or an array can be stored
 * again; what comes from a stream, a channel or a publisher only once.
 *
 * <p><b>Out of a cache</b> comes an open handle on the version that was found, which stays readable
 * to its end whatever happens to the entry. <b>Whoever gets it closes it</b>; one that is forgotten
 * is reclaimed with the help of the garbage collector, and a warning says where it was got. There
 * is <em>one</em> forward reading, by {@link #channel}, {@link #inputStream}, {@link #transferTo}
 * or {@link #publisher}; the first of them takes it. Ranges may be read besides, any number of
 * them. Reading forward to the very end is what copies the entry into the tiers above.
 *
 * <p>Single owner, not thread safe, but for {@link #close}, which may come from any thread and
 * makes a read in progress fail. Reads block for I/O and throw {@link IOException} when the tier
 * fails or the bytes are damaged; they never end early as if that were the end, and go on failing
 * once they did. Equal are two handles of equal bytes, where that can be known: see {@link
 * EntryInfo#digest}. A source equals only itself; {@code replace(key, old, new)} also takes one for
 * the old value that is {@link #isRepeatable repeatable}.
 */
public interface StreamValue extends Closeable {

  /** A length nobody knows yet. */
  long UNKNOWN_LENGTH = -1;

  /** A source of these bytes, which must not be changed until they are stored. */
  static StreamValue of(byte[] bytes) {
    return StreamSource.of(requireNonNull(bytes, "bytes"));
  }

  /**
   * A source that reads a regular file, each time it is stored. The file keeps its length from the
   * time that is first asked for until the source is closed; one that changes it is an error.
   */
  static StreamValue of(Path file) {
    return StreamSource.of(requireNonNull(file, "file"));
  }

  /** A source of what a stream holds to its end. */
  static StreamValue of(InputStream in) {
    return of(in, UNKNOWN_LENGTH);
  }

  /**
   * A source of exactly so many bytes; a stream that ends before or after is an error.
   *
   * @param length in bytes, or {@link #UNKNOWN_LENGTH}
   */
  static StreamValue of(InputStream in, long length) {
    return StreamSource.of(requireNonNull(in, "in"), length);
  }

  /** A source of what a channel holds to its end, which has to be in blocking mode. */
  static StreamValue of(ReadableByteChannel channel) {
    return of(channel, UNKNOWN_LENGTH);
  }

  /**
   * A source of exactly so many bytes; a channel that ends before or after is an error.
   *
   * @param length in bytes, or {@link #UNKNOWN_LENGTH}
   */
  static StreamValue of(ReadableByteChannel channel, long length) {
    return StreamSource.of(requireNonNull(channel, "channel"), length);
  }

  /**
   * A source of what a publisher publishes. It is subscribed to when it is first read, asked for
   * one buffer while another is used, and cancelled when the source is closed before the end.
   */
  static StreamValue of(Flow.Publisher<ByteBuffer> publisher) {
    return of(publisher, UNKNOWN_LENGTH);
  }

  /**
   * A source of exactly so many bytes; a publisher that completes before or after is an error.
   *
   * @param length in bytes, or {@link #UNKNOWN_LENGTH}
   */
  static StreamValue of(Flow.Publisher<ByteBuffer> publisher, long length) {
    return of(new PublisherChannel(requireNonNull(publisher, "publisher")), length);
  }

  /** The same bytes with other metadata, to be stored; closing either closes both. */
  StreamValue withMetadata(Metadata metadata);

  /**
   * The same bytes with a deadline of their own, to be stored; closing either closes both. The
   * cache's expiry policy is not asked then, though an access may move the deadline, where the
   * policy says so. A tier's own cap stays in force.
   *
   * @param millis UTC milliseconds, {@link Long#MAX_VALUE} for an entry that never expires; if the
   *     time has passed when the value is stored, the key holds nothing afterwards
   */
  StreamValue withDeadline(long millis);

  /**
   * What {@link #withDeadline} said in UTC milliseconds; null if the expiry policy is to decide. Of
   * a stored entry see {@link EntryInfo#expiresAtMillis}.
   */
  @Nullable Long deadlineMillis();

  /**
   * In bytes, or {@link #UNKNOWN_LENGTH}, as for a write in progress that this handle follows, or a
   * file that cannot be looked at.
   */
  long length();

  /** What was said of the value when it was stored, or will be stored with it. */
  Metadata metadata();

  /** What the cache knows of the entry; null for a source. */
  @Nullable EntryInfo info();

  /**
   * Whether {@link #channel} may be called again, also after closing: true for a source of an array
   * or a file. Those and handles can {@link #read} at offsets.
   */
  boolean isRepeatable();

  /**
   * The forward reading, from the first byte to the last. Closing it closes this value. Only the -1
   * after the last byte says that it was whole.
   *
   * @throws IllegalStateException if it was taken already, or this is a source that is closed, and
   *     it is not {@link #isRepeatable repeatable}
   * @throws java.nio.channels.ClosedChannelException if this is a handle that is closed
   */
  ReadableByteChannel channel() throws IOException;

  /**
   * Reads at {@code offset}, without moving the forward reading. On a write in progress it blocks
   * until the bytes are there.
   *
   * @return the number of bytes, at least 1 if {@code target} has room; -1 at or beyond the end
   * @throws IllegalArgumentException if {@code offset} is negative
   * @throws UnsupportedOperationException if the source has no positions
   */
  int read(long offset, ByteBuffer target) throws IOException;

  /** The forward reading as a stream; closing it closes this value. */
  default InputStream inputStream() throws IOException {
    return Channels.newInputStream(channel());
  }

  /**
   * Writes the whole value to {@code target}, which stays open, as does this value.
   *
   * @return the number of bytes
   */
  default long transferTo(WritableByteChannel target) throws IOException {
    return Transfers.all(length(), channel(), target);
  }

  /**
   * The forward reading for one subscriber, with its demand; another one is refused. Reads in the
   * thread that asks; buffers of up to 64 KiB belong to the subscriber. Cancelling, completion and
   * failure close this value; so must whoever never subscribes.
   */
  default Flow.Publisher<ByteBuffer> publisher() throws IOException {
    return new ChannelPublisher(this, channel());
  }

  /**
   * A part of the value as a stream of its own, which ends early where the value does. It reads at
   * offsets, ahead by up to 8 KiB. Closing it leaves this value open.
   *
   * @param offset of its first byte, at least 0
   * @param length the most bytes it has, at least 0
   * @throws IllegalArgumentException if either is negative
   */
  default InputStream range(long offset, long length) {
    return new RangeStream(this, offset, length);
  }

  /** Ends all reading and closes the source; idempotent. */
  @Override
  void close();
}
