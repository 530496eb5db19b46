package io.terrace.tier;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A tier that passes every call on to another, as do its handles and cursors; a subclass overrides
 * what it wants to stop, fail or watch. A subclass that wraps handles overrides {@link #wrap} of
 * that kind. As thread safe as the other tier.
 */
public abstract class DelegatingTier implements Tier {
  private final Tier delegate;

  protected DelegatingTier(Tier delegate) {
    this.delegate = delegate;
  }

  /** A call with a result. */
  protected interface Call<T> {
    T run() throws IOException;
  }

  /** A call without a result. */
  protected interface Action {
    void run() throws IOException;
  }

  /** What the reader of a hit gets. */
  protected ReadHandle wrap(ReadHandle read) {
    return read;
  }

  /** What a writer gets. */
  protected WriteHandle wrap(WriteHandle write) {
    return write;
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public TierCapabilities capabilities() {
    return delegate.capabilities();
  }

  @Override
  public long maxEntryBytes() {
    return delegate.maxEntryBytes();
  }

  @Override
  public Lookup lookup(EntryKey key) {
    Lookup lookup = delegate.lookup(key);
    return lookup instanceof Lookup.Hit hit
        ? new Lookup.Hit(hit.header(), wrap(hit.body()))
        : lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return wrap(delegate.openWrite(header, condition));
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    return delegate.purge(key, reason, condition);
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    return delegate.updateHeader(key, version, update);
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    return delegate.purgeTag(tag, mode, throughVersion);
  }

  @Override
  public void clear() throws IOException {
    delegate.clear();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return delegate.scan();
  }

  @Override
  public TierUsage usage() {
    return delegate.usage();
  }

  @Override
  public void destroy() throws IOException {
    delegate.destroy();
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }

  /** A reading that passes every call on. */
  protected abstract static class DelegatingRead implements ReadHandle {
    private final ReadHandle read;

    protected DelegatingRead(ReadHandle read) {
      this.read = read;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return read.read(target);
    }

    @Override
    public boolean canSeek() {
      return read.canSeek();
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
      return read.read(offset, target);
    }

    @Override
    public ByteBuffer readRemaining(int maxBytes) throws IOException {
      return read.readRemaining(maxBytes);
    }

    @Override
    public void close() {
      read.close();
    }
  }

  /** A write that passes every call on. */
  protected abstract static class DelegatingWrite implements WriteHandle {
    private final WriteHandle write;

    protected DelegatingWrite(WriteHandle write) {
      this.write = write;
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      write.write(chunk);
    }

    @Override
    public void amend(EntryHeader header, Condition condition) throws IOException {
      write.amend(header, condition);
    }

    @Override
    public ReadHandle follow() throws IOException {
      return write.follow();
    }

    @Override
    public CommitResult commit() throws IOException {
      return write.commit();
    }

    @Override
    public CommitResult commitAs(long version) throws IOException {
      return write.commitAs(version);
    }

    @Override
    public void abort() {
      write.abort();
    }
  }

  /** A walk that passes every call on. */
  protected abstract static class DelegatingCursor implements HeaderCursor {
    private final HeaderCursor cursor;

    protected DelegatingCursor(HeaderCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public @Nullable EntryHeader next() throws IOException {
      return cursor.next();
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
