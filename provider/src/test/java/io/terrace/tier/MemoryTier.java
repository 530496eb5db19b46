package io.terrace.tier;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The reference tier of the tests: bodies in a map, simple and correct. Counts the handles that are
 * open, so that a test can assert that nobody leaks one. Thread safe.
 */
public final class MemoryTier implements Tier {
  record Stored(EntryHeader header, byte[] body) {}

  private final String name;
  private final InstantSource clock;
  private final long maxEntryBytes;
  private final ConcurrentHashMap<EntryKey, Stored> entries = new ConcurrentHashMap<>();
  private final TagEpochs tags = new TagEpochs();
  private final AtomicLong lastVersion = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();
  private final AtomicInteger openHandles = new AtomicInteger();
  private TierCapabilities.Scope scope = TierCapabilities.Scope.PROCESS;
  private final Set<Growing> growing = ConcurrentHashMap.newKeySet();
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

  /** Says that others see its entries too; before anybody uses it. */
  public MemoryTier withScope(TierCapabilities.Scope newScope) {
    scope = newScope;
    return this;
  }

  /** Another tier that holds what this one does now. */
  public MemoryTier copy() {
    MemoryTier copy = new MemoryTier(name, clock, maxEntryBytes).withScope(scope);
    copy.entries.putAll(entries);
    tags.all()
        .forEach(
            (tag, epoch) -> {
              copy.tags.purge(tag, PurgeMode.HARD, epoch.hardThrough());
              copy.tags.purge(tag, PurgeMode.SOFT, epoch.softThrough());
            });
    return copy;
  }

  /** What it holds now. */
  Map<EntryKey, Stored> copyOfEntries() {
    return Map.copyOf(entries);
  }

  /** Holds these and nothing else. */
  void restore(Map<EntryKey, Stored> copy) {
    entries.clear();
    entries.putAll(copy);
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
    return new TierCapabilities(scope, false, true, true);
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
    EntryHeader seen = stored == null ? null : tags.seen(stored.header);
    return seen == null ? Lookup.MISS : new Lookup.Hit(seen, body(stored.body));
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
          boolean present = tags.seen(stored.header) != null;
          purged[0] = present && condition.holds(stored.header.version());
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
          EntryHeader seen = tags.seen(stored.header);
          updated[0] = seen != null && seen.version() == version;
          return seen != null && updated[0]
              ? new Stored(update.applyTo(seen), stored.body)
              : stored;
        });
    return updated[0];
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    requireOpen();
    long through = throughVersion == EntryHeader.UNASSIGNED ? lastVersion.get() : throughVersion;
    tags.purge(tag, mode, through);
    return through;
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
        while (!cursorClosed && iterator.hasNext()) {
          EntryHeader seen = tags.seen(iterator.next().header);
          if (seen != null) {
            return seen;
          }
        }
        return null;
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
    growing.forEach(Growing::wake);
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

  private ReadHandle body(byte[] bytes) {
    openHandles.incrementAndGet();
    return new BufferBody(ByteBuffer.wrap(bytes).asReadOnlyBuffer(), openHandles::decrementAndGet);
  }

  private final class Write implements WriteHandle {
    private final Growing body = new Growing();
    private EntryHeader header;
    private Condition condition;
    private boolean done;

    Write(EntryHeader header, Condition condition) {
      this.header = header;
      this.condition = condition;
      growing.add(body);
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
      body.add(bytes);
    }

    @Override
    public void amend(EntryHeader amended, Condition newCondition) {
      requirePending();
      header = header.amendedBy(amended);
      condition = newCondition;
    }

    @Override
    public ReadHandle follow() throws IOException {
      requireOpen();
      body.requireUnbroken();
      return new Following(body);
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
      boolean refused = false;
      try {
        requireOpen();
        byte[] bytes = body.bytes();
        EntryHeader complete = complete(bytes);
        CommitResult[] result = new CommitResult[1];
        entries.compute(
            header.key(),
            (k, stored) -> {
              boolean present = stored != null && tags.seen(stored.header) != null;
              long current = present ? stored.header.version() : EntryHeader.UNASSIGNED;
              if (!condition.holds(current)) {
                result[0] = new CommitResult.Refused(current);
                return stored;
              }
              long assigned = version == EntryHeader.UNASSIGNED ? nextVersion() : version;
              lastVersion.accumulateAndGet(assigned, Math::max);
              result[0] = new CommitResult.Committed(assigned, bytes.length);
              return new Stored(complete.withVersion(assigned), bytes);
            });
        if (result[0] instanceof CommitResult.Committed) {
          body.end(Growing.State.COMPLETE);
        }
        refused = result[0] instanceof CommitResult.Refused;
        return result[0];
      } finally {
        if (!refused) {
          abort();
        }
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
        body.end(Growing.State.BROKEN);
        growing.remove(body);
        openHandles.decrementAndGet();
      }
    }
  }

  /** A body that may still grow. Thread safe. */
  private static final class Growing {
    enum State {
      GROWING,
      COMPLETE,
      BROKEN
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private State state = State.GROWING;

    synchronized int size() {
      return bytes.size();
    }

    synchronized byte[] bytes() {
      return bytes.toByteArray();
    }

    synchronized void add(byte[] more) {
      bytes.writeBytes(more);
      notifyAll();
    }

    /** The first end is the one that counts. */
    synchronized void end(State how) {
      state = state == State.GROWING ? how : state;
      notifyAll();
    }

    /** Waits until there are bytes at the offset; -1 at the end. */
    synchronized int read(long offset, ByteBuffer target, Following reader) throws IOException {
      while (state == State.GROWING && bytes.size() <= offset && !reader.isClosed()) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while following a write", e);
        }
      }
      if (reader.isClosed()) {
        throw new IOException("the read handle or its tier is closed");
      }
      if (state == State.BROKEN) {
        throw new IOException("the write was aborted");
      }
      if (offset >= bytes.size()) {
        return -1;
      }
      int count = (int) Math.min(target.remaining(), bytes.size() - offset);
      target.put(bytes.toByteArray(), (int) offset, count);
      return count;
    }

    synchronized void wake() {
      notifyAll();
    }

    synchronized void requireUnbroken() throws IOException {
      if (state == State.BROKEN) {
        throw new IOException("the write was aborted");
      }
    }
  }

  private final class Following implements ReadHandle {
    private final Growing body;
    private final AtomicBoolean followerClosed = new AtomicBoolean();
    private long position;

    Following(Growing body) {
      this.body = body;
      openHandles.incrementAndGet();
    }

    boolean isClosed() {
      return followerClosed.get() || closed;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int count = body.read(position, target, this);
      position += Math.max(count, 0);
      return count;
    }

    @Override
    public boolean canSeek() {
      return true;
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
      return body.read(offset, target, this);
    }

    @Override
    public ByteBuffer readRemaining(int maxBytes) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      ByteBuffer part = ByteBuffer.allocate(8192);
      for (int count = read(part); count >= 0; count = read(part.clear())) {
        if (count > maxBytes - all.size()) {
          throw new IOException("more than " + maxBytes + " bytes are left");
        }
        all.writeBytes(Arrays.copyOf(part.array(), count));
      }
      return ByteBuffer.wrap(all.toByteArray());
    }

    @Override
    public void close() {
      if (followerClosed.compareAndSet(false, true)) {
        openHandles.decrementAndGet();
        body.wake();
      }
    }
  }
}
