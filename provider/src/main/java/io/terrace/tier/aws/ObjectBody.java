package io.terrace.tier.aws;

import io.terrace.PurgeReason;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A body in one object, of which it holds one chunk. Forward it asks for all that is left at once;
 * elsewhere for one chunk, and for ever more as the reader goes on from there. A connection that
 * breaks is replaced where the last chunk ended.
 */
final class ObjectBody implements ReadHandle {
  /*
   * `this` guards everything but the stream, which any thread may close. A read holds it while it
   * waits for S3; closing does not wait for that. It is not held when the tier hears of a loss.
   */
  private static final System.Logger LOGGER = System.getLogger(ObjectBody.class.getName());

  /** How often the same chunk is asked for again after a connection broke. */
  private static final int MAX_RESUMED = 3;

  /** How many times more is asked for with each request of a reader that goes on. */
  private static final int WINDOW_GROWTH = 4;

  /** How a reader moves. */
  private enum Direction {
    FORWARD,
    ANYWHERE
  }

  private final Bucket bucket;
  private final BodyChunks chunks;
  private final int checksum;
  private final Consumer<PurgeReason> onLost;
  private final IntFunction<byte[]> arrays;
  private final ObjectStream stream;
  private final CRC32C crc = new CRC32C();
  private final CRC32C whole = new CRC32C();
  private long wholeChunks;
  private byte[] chunk = new byte[0];
  private long held = -1;
  private long position;
  private long window;
  private long windowEnd = -1;
  private volatile @Nullable LeakWatch leakWatch;
  private volatile boolean closed;

  /**
   * @param stream closed with this
   * @param checksum CRC32C of the whole body
   * @param onLost hears why the entry has to go when the object is not what it has to be
   * @param arrays makes the array for a chunk, once
   */
  ObjectBody(
      Bucket bucket,
      ObjectStream stream,
      BodyChunks chunks,
      int checksum,
      Consumer<PurgeReason> onLost,
      IntFunction<byte[]> arrays) {
    this.bucket = bucket;
    this.stream = stream;
    this.chunks = chunks;
    this.checksum = checksum;
    this.onLost = onLost;
    this.arrays = arrays;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    try {
      synchronized (this) {
        int count = read(position, target, Direction.FORWARD);
        position += Math.max(0, count);
        return count;
      }
    } catch (LostBodyException e) {
      throw lost(e);
    }
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    try {
      synchronized (this) {
        return read(offset, target, Direction.ANYWHERE);
      }
    } catch (LostBodyException e) {
      throw lost(e);
    }
  }

  private int read(long offset, ByteBuffer target, Direction direction) throws IOException {
    requireOpen();
    if (offset >= chunks.bodyBytes()) {
      return -1;
    }
    long number = offset / BodyChunks.CHUNK_BYTES;
    if (number != held) {
      load(number, direction);
    }
    int start = (int) (offset % BodyChunks.CHUNK_BYTES);
    int count = Math.min(target.remaining(), chunks.chunkBytes(number) - start);
    target.put(chunk, start, count);
    return count;
  }

  /** Later reads would mix what is left with what is gone, so there are none. */
  private IOException lost(LostBodyException e) {
    close();
    onLost.accept(e.reason());
    return new IOException(e.getMessage() + ": " + stream.object(), e);
  }

  private void load(long number, Direction direction) throws IOException {
    held = -1;
    if (chunk.length == 0) {
      chunk = arrays.apply(chunks.chunkBytes(0) + BodyChunks.CHECK_BYTES);
    }
    fetch(number, direction);
    if (!isSound(number)) {
      stream.drop(); // it may have happened on the way: once more
      fetch(number, direction);
      if (!isSound(number)) {
        throw new LostBodyException("damaged bytes of a body", PurgeReason.CORRUPTION, null);
      }
    }
    addToWhole(number);
    held = number;
  }

  private void fetch(long number, Direction direction) throws IOException {
    for (int resumed = 0; ; resumed++) {
      seek(number, direction); // if this fails, the SDK has tried more than once
      try {
        read(chunks.chunkBytes(number) + BodyChunks.CHECK_BYTES);
        return;
      } catch (IOException e) {
        requireOpen();
        if (resumed == MAX_RESUMED) {
          throw new IOException(
              "the connection to S3 broke again and again: " + stream.object(), e);
        }
        LOGGER.log(Level.DEBUG, "the connection to S3 broke, the body is asked for again", e);
      }
    }
  }

  /** Whether or not the thread is interrupted: with its mark no stream of the SDK gives a byte. */
  private void read(int bytes) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      stream.read(chunk, bytes);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void seek(long number, Direction direction) throws IOException {
    long from = BodyChunks.objectOffset(number);
    if (stream.isAt(from)) {
      return;
    }
    watch();
    window = number == windowEnd ? window * WINDOW_GROWTH : 1;
    windowEnd =
        direction == Direction.FORWARD ? chunks.count() : Math.min(number + window, chunks.count());
    stream.open(from, chunks.objectEnd(windowEnd - 1));
  }

  /** From now on the handle may hold a connection. */
  private void watch() {
    if (leakWatch == null) {
      LeakWatch watch = LeakWatch.overPart(this, "a read handle of the aws tier", stream::close);
      leakWatch = watch;
      if (closed) {
        watch.close();
      }
    }
  }

  private boolean isSound(long number) {
    int length = chunks.chunkBytes(number);
    BodyChunks.begin(crc, number);
    crc.update(chunk, 0, length);
    return ByteBuffer.wrap(chunk).getInt(length) == (int) crc.getValue();
  }

  /** The body as a whole is checked before its last bytes are served to who read all others. */
  private void addToWhole(long number) throws LostBodyException {
    if (number == wholeChunks) {
      whole.update(chunk, 0, chunks.chunkBytes(number));
      wholeChunks++;
      if (wholeChunks == chunks.count() && (int) whole.getValue() != checksum) {
        throw new LostBodyException("this is another body", PurgeReason.CORRUPTION, null);
      }
    }
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) throws IOException {
    long remaining;
    synchronized (this) {
      requireOpen();
      remaining = chunks.bodyBytes() - position;
    }
    if (remaining > maxBytes) {
      throw new IOException(remaining + " bytes are left, more than " + maxBytes);
    }
    if (remaining > 0) {
      read(ByteBuffer.allocate(0)); // finds out whether the object has that much
    }
    ByteBuffer all = ByteBuffer.allocate((int) remaining);
    while (all.hasRemaining()) {
      read(all);
    }
    return all.flip();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the read handle is closed");
    }
    bucket.requireOpen();
  }

  @Override
  public void close() {
    closed = true;
    stream.close();
    LeakWatch watch = leakWatch;
    if (watch != null) {
      watch.close();
    }
  }
}
