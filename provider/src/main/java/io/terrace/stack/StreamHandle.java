package io.terrace.stack;

import static java.util.Objects.requireNonNull;

import io.terrace.EntryInfo;
import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream that came out of a stack. It has been opened already, or is opened by the first read, at
 * the version it was found; closed it still knows what was known of it. See {@link StreamValue} for
 * what its user may do.
 */
final class StreamHandle implements StreamValue {
  /*
   * The monitor guards the fields; it is never held while a tier is read, so that close() can come
   * between at any time. OpenStream has a monitor of its own, taken without this one.
   */
  private final StreamFacts facts;
  private final @Nullable Opener opener;
  private final Runnable onFirstRange;
  private @Nullable OpenStream open;
  private @Nullable LeakWatch watch;
  private boolean forwardTaken;
  private boolean rangeTold;
  private boolean closed;

  /** Opens a stream at the version of its facts. */
  interface Opener {
    OpenStream open(StreamFacts facts) throws IOException;
  }

  private StreamHandle(
      StreamFacts facts,
      @Nullable Opener opener,
      @Nullable OpenStream open,
      Runnable onFirstRange) {
    this.facts = facts;
    this.opener = opener;
    this.onFirstRange = onFirstRange;
    if (open != null) {
      hold(open);
    }
  }

  /**
   * A stream that is open.
   *
   * @param onFirstRange told of the first range that is read, once
   */
  static StreamHandle open(StreamFacts facts, OpenStream open, Runnable onFirstRange) {
    return new StreamHandle(facts, null, open, onFirstRange);
  }

  /** A stream that is opened when it is first read. */
  static StreamHandle lazy(StreamFacts facts, Opener opener) {
    return new StreamHandle(facts, opener, null, () -> {});
  }

  /** A stream that nobody can read, but compare and look at. */
  static StreamHandle closed(StreamFacts facts) {
    StreamHandle handle = new StreamHandle(facts, null, null, () -> {});
    handle.close();
    return handle;
  }

  private void hold(OpenStream opened) {
    open = opened;
    LeakWatch over = LeakWatch.over(this, "a value of a cache of streams", opened);
    watch = over;
    opened.ownedBy(over);
  }

  StreamFacts facts() {
    return facts;
  }

  @Override
  public StreamValue withMetadata(Metadata metadata) {
    return new Renamed(this, metadata, null);
  }

  @Override
  public StreamValue withDeadline(long millis) {
    return new Renamed(this, metadata(), millis);
  }

  @Override
  public @Nullable Long deadlineMillis() {
    return null;
  }

  @Override
  public long length() {
    return facts.header().bodyLength();
  }

  @Override
  public Metadata metadata() {
    return facts.header().metadata();
  }

  @Override
  public EntryInfo info() {
    return facts.info();
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  /** What is open, opened now if need be. */
  private OpenStream requireOpen() throws IOException {
    Opener lazily;
    synchronized (this) {
      if (closed || (open == null && opener == null)) {
        throw new ClosedChannelException();
      }
      if (open != null) {
        return open;
      }
      lazily = requireNonNull(opener);
    }
    return install(lazily.open(facts));
  }

  private OpenStream install(OpenStream opened) throws ClosedChannelException {
    OpenStream used = null;
    synchronized (this) {
      if (!closed && open == null) {
        hold(opened);
      }
      used = closed ? null : open;
    }
    if (used != opened) {
      opened.run();
    }
    if (used == null) {
      throw new ClosedChannelException();
    }
    return used;
  }

  @Override
  public ReadableByteChannel channel() throws IOException {
    OpenStream stream = requireOpen();
    synchronized (this) {
      if (forwardTaken) {
        throw new IllegalStateException("the value is being read already: it has ranges besides");
      }
      forwardTaken = true;
    }
    return new Forward(stream);
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    try {
      ReadHandle source = requireOpen().source();
      tellOfRange();
      return source.read(offset, target);
    } finally {
      Reference.reachabilityFence(this); // or a last read might be cut off as a forgotten handle
    }
  }

  private void tellOfRange() {
    synchronized (this) {
      if (rangeTold) {
        return;
      }
      rangeTold = true;
    }
    onFirstRange.run();
  }

  @Override
  public void close() {
    LeakWatch held;
    synchronized (this) {
      closed = true;
      held = watch;
      watch = null;
    }
    if (held != null) {
      held.close();
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StreamValue value && StreamEquality.areEqual(this, value);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(length());
  }

  @Override
  public String toString() {
    return "StreamValue[" + length() + " bytes, version " + facts.header().version() + "]";
  }

  /** The one reading from the first byte to the last. */
  private final class Forward implements ReadableByteChannel {
    private final OpenStream stream;
    private long position;

    Forward(OpenStream stream) {
      this.stream = stream;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (StreamHandle.this.isClosed()) {
        throw new ClosedChannelException();
      }
      if (!target.hasRemaining() && position < length()) {
        return 0;
      }
      int start = target.position();
      int count = next(target);
      if (count > 0) {
        position += count;
        stream.pass(target.duplicate().flip().position(start));
      } else if (count < 0) {
        end();
      }
      return count;
    }

    private int next(ByteBuffer target) throws IOException {
      boolean read = false;
      try {
        int count = stream.source().read(target);
        read = true;
        return count;
      } finally {
        if (!read) {
          stream.fail();
        }
      }
    }

    private void end() throws IOException {
      long length = length();
      if (length != EntryHeader.UNKNOWN_LENGTH && position != length) {
        stream.fail();
        throw new EOFException("the value ends after " + position + " of " + length + " bytes");
      }
      if (position == 0) {
        stream.pass(ByteBuffer.allocate(0)); // an empty body is complete with its first read
      }
    }

    @Override
    public boolean isOpen() {
      return !StreamHandle.this.isClosed();
    }

    @Override
    public void close() {
      StreamHandle.this.close();
    }
  }

  /** This stream on its way into a cache again, with other metadata or a deadline. */
  private record Renamed(StreamHandle stream, Metadata metadata, @Nullable Long deadlineMillis)
      implements StreamValue {
    @Override
    public StreamValue withMetadata(Metadata newMetadata) {
      return new Renamed(stream, newMetadata, deadlineMillis);
    }

    @Override
    public StreamValue withDeadline(long millis) {
      return new Renamed(stream, metadata, millis);
    }

    @Override
    public long length() {
      return stream.length();
    }

    @Override
    public @Nullable EntryInfo info() {
      return null;
    }

    @Override
    public boolean isRepeatable() {
      return false;
    }

    @Override
    public ReadableByteChannel channel() throws IOException {
      return stream.channel();
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
      return stream.read(offset, target);
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
