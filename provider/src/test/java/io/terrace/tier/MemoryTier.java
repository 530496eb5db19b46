package io.terrace.tier;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The reference tier of the tests: bodies in a map, simple and correct. Counts the handles that are
 * open, so that a test can assert that nobody leaks one. Thread safe.
 */
public final class MemoryTier implements Tier {
  private record Stored(EntryHeader header, byte[] body) {}

  private final String name;
  private final InstantSource clock;
  private final long maxEntryBytes;
  private final ConcurrentHashMap<EntryKey, Stored> entries = new ConcurrentHashMap<>();
  private final AtomicLong lastVersion = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();
  private final AtomicInteger openHandles = new AtomicInteger();
  private volatile boolean closed;

  /** A tier of the system clock that admits bodies of up to 64 MiB. */
  public MemoryTier() {
    this("memory", InstantSource.system(), 64L << 20);
  }

  public MemoryTier(String name, InstantSource clock, long maxEntryBytes) {
    this.name = name;
    this.clock = clock;
    this.maxEntryBytes = maxEntryBytes;
  }

  /** Read and write handles nobody closed yet. */
  public int openHandles() {
    return openHandles.get();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public TierCapabilities capabilities() {
    return new TierCapabilities(TierCapabilities.Scope.PROCESS, false, true);
  }

  @Override
  public long maxEntryBytes() {
    return maxEntryBytes;
  }

  @Override
  public Lookup lookup(EntryKey key) {
    if (closed) {
      return new Lookup.Skipped(SkipReason.FAILED, name + " is closed");
    }
    Stored stored = entries.get(key);
    return stored == null ? Lookup.MISS : new Lookup.Hit(stored.header, new Body(stored.body));
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    requireOpen();
    if (header.bodyLength() > maxEntryBytes) {
      throw new EntryTooLargeForTierException(name, header.bodyLength(), maxEntryBytes);
    }
    return new Write(header, condition);
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    requireOpen();
    boolean[] purged = new boolean[1];
    entries.computeIfPresent(
        key,
        (k, stored) -> {
          purged[0] = condition.holds(stored.header.version());
          return purged[0] ? null : stored;
        });
    if (purged[0] && reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (purged[0] && reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
    return purged[0];
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    requireOpen();
    boolean[] updated = new boolean[1];
    entries.computeIfPresent(
        key,
        (k, stored) -> {
          updated[0] = stored.header.version() == version;
          return updated[0] ? new Stored(update.applyTo(stored.header), stored.body) : stored;
        });
    return updated[0];
  }

  @Override
  public void clear() throws IOException {
    requireOpen();
    entries.clear();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    requireOpen();
    Iterator<Stored> iterator = entries.values().iterator();
    openHandles.incrementAndGet();
    return new HeaderCursor() {
      private boolean cursorClosed;

      @Override
      public @Nullable EntryHeader next() throws IOException {
        requireOpen();
        return !cursorClosed && iterator.hasNext() ? iterator.next().header : null;
      }

      @Override
      public void close() {
        if (!cursorClosed) {
          cursorClosed = true;
          openHandles.decrementAndGet();
        }
      }
    };
  }

  @Override
  public TierUsage usage() {
    long bytes = 0;
    for (Stored stored : entries.values()) {
      bytes += stored.body.length;
    }
    return new TierUsage(entries.size(), bytes, evictions.get(), corruptions.get());
  }

  @Override
  public void destroy() {
    close();
    entries.clear();
  }

  @Override
  public void close() {
    closed = true;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("tier '" + name + "' is closed");
    }
  }

  private long nextVersion() {
    long micros = clock.millis() * 1000;
    return lastVersion.updateAndGet(last -> Math.max(last + 1, micros));
  }

  private final class Write implements WriteHandle {
    private final EntryHeader header;
    private final Condition condition;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean done;

    Write(EntryHeader header, Condition condition) {
      this.header = header;
      this.condition = condition;
      openHandles.incrementAndGet();
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      requirePending();
      long size = (long) body.size() + chunk.remaining();
      if (size > maxEntryBytes) {
        abort();
        throw new EntryTooLargeForTierException(name, size, maxEntryBytes);
      }
      byte[] bytes = new byte[chunk.remaining()];
      chunk.get(bytes);
      body.writeBytes(bytes);
    }

    @Override
    public CommitResult commit() throws IOException {
      return commitVersion(EntryHeader.UNASSIGNED);
    }

    @Override
    public CommitResult commitAs(long version) throws IOException {
      if (version == EntryHeader.UNASSIGNED) {
        throw new IllegalArgumentException("not a version: " + version);
      }
      return commitVersion(version);
    }

    private CommitResult commitVersion(long version) throws IOException {
      requirePending();
      try {
        requireOpen();
        byte[] bytes = body.toByteArray();
        EntryHeader complete = complete(bytes);
        CommitResult[] result = new CommitResult[1];
        entries.compute(
            header.key(),
            (k, stored) -> {
              long current = stored == null ? EntryHeader.UNASSIGNED : stored.header.version();
              if (!condition.holds(current)) {
                result[0] = new CommitResult.Refused(current);
                return stored;
              }
              long assigned = version == EntryHeader.UNASSIGNED ? nextVersion() : version;
              lastVersion.accumulateAndGet(assigned, Math::max);
              result[0] = new CommitResult.Committed(assigned, bytes.length);
              return new Stored(complete.withVersion(assigned), bytes);
            });
        return result[0];
      } finally {
        abort();
      }
    }

    private EntryHeader complete(byte[] bytes) throws IOException {
      CRC32C crc = new CRC32C();
      crc.update(bytes);
      int checksum = (int) crc.getValue();
      if (header.bodyLength() != EntryHeader.UNKNOWN_LENGTH
          && header.bodyLength() != bytes.length) {
        throw new IOException(
            "the body has " + bytes.length + " bytes, announced were " + header.bodyLength());
      }
      if (header.checksum() != 0 && header.checksum() != checksum) {
        throw new IOException("the body does not have the announced checksum");
      }
      return header.withBody(bytes.length, checksum);
    }

    private void requirePending() {
      if (done) {
        throw new IllegalStateException("the write was committed or aborted");
      }
    }

    @Override
    public void abort() {
      if (!done) {
        done = true;
        openHandles.decrementAndGet();
      }
    }
  }

  private final class Body implements ReadHandle {
    private final ByteBuffer bytes;
    private boolean bodyClosed;

    Body(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
      openHandles.incrementAndGet();
    }

    @Override
    public synchronized int read(ByteBuffer target) throws IOException {
      int count = read(bytes.position(), target);
      if (count > 0) {
        bytes.position(bytes.position() + count);
      }
      return count;
    }

    @Override
    public boolean canSeek() {
      return true;
    }

    @Override
    public synchronized int read(long offset, ByteBuffer target) throws IOException {
      if (bodyClosed) {
        throw new IOException("the read handle is closed");
      }
      if (offset < 0) {
        throw new IllegalArgumentException("negative offset: " + offset);
      }
      if (offset >= bytes.limit()) {
        return -1;
      }
      int count = (int) Math.min(target.remaining(), bytes.limit() - offset);
      target.put(bytes.slice((int) offset, count));
      return count;
    }

    @Override
    public synchronized ByteBuffer readRemaining(int maxBytes) throws IOException {
      int remaining = bytes.remaining();
      if (remaining > maxBytes) {
        throw new IOException(remaining + " bytes are left, more than " + maxBytes);
      }
      ByteBuffer all = ByteBuffer.allocate(remaining);
      while (all.hasRemaining() && read(all) > 0) {
        // until everything is there
      }
      if (bodyClosed) {
        throw new IOException("the read handle is closed");
      }
      return all.flip();
    }

    @Override
    public synchronized void close() {
      if (!bodyClosed) {
        bodyClosed = true;
        openHandles.decrementAndGet();
      }
    }
  }
}
