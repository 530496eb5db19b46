package io.terrace.tier.redis;

import io.terrace.PurgeReason;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A body in chunks, of which it holds one, or two while it is read forward. Chunks of an entry that
 * was replaced stay for a minute: who reads longer than that fails.
 */
final class ChunkedBody implements ReadHandle {
  /*
   * `this` guards everything but `closed`. A read holds it while it waits for Redis; closing, which
   * may come from any thread, does not wait for that.
   */
  private final RedisStore store;
  private final EntryHeader header;
  private final Chunks chunks;
  private final int partition;
  private long position;
  private int firstHeld = -1;
  private List<byte[]> held = List.of();
  private volatile boolean closed;

  ChunkedBody(RedisStore store, EntryHeader header, Chunks chunks) {
    this.store = store;
    this.header = header;
    this.chunks = chunks;
    partition = store.partitions().keys().partitionOf(header.key());
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    int count = read(position, target);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public synchronized int read(long offset, ByteBuffer target) throws IOException {
    requireOpen();
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    if (offset >= header.bodyLength()) {
      return -1;
    }
    int number = (int) (offset / chunks.chunkBytes());
    int start = (int) (offset % chunks.chunkBytes());
    byte[] chunk = chunk(number);
    int count = Math.min(target.remaining(), chunks.length(number, header.bodyLength()) - start);
    target.put(chunk, start, count);
    return count;
  }

  private byte[] chunk(int number) throws IOException {
    int index = number - firstHeld;
    if (firstHeld < 0 || index < 0 || index >= held.size()) {
      boolean forward = firstHeld >= 0 && number == firstHeld + held.size();
      int last = forward ? Math.min(number + 1, chunks.count() - 1) : number;
      firstHeld = -1;
      held = List.of(); // before the next ones come, so that they are never held together
      held = fetch(number, last);
      firstHeld = number;
      index = 0;
    }
    return held.get(index);
  }

  private List<byte[]> fetch(int first, int last) throws IOException {
    byte[][] names = new byte[last - first + 1][];
    for (int i = 0; i < names.length; i++) {
      names[i] = store.partitions().keys().chunk(partition, chunks, first + i);
    }
    Request request = store.partitions().command(partition, "MGET", names);
    List<?> reply = Answers.list(store.call(request), names.length);
    List<byte[]> fetched = new ArrayList<>(names.length);
    for (int i = 0; i < names.length; i++) {
      fetched.add(checked(first + i, Answers.bytes(reply.get(i))));
    }
    return fetched;
  }

  private byte[] checked(int number, byte @Nullable [] chunk) throws IOException {
    EntryKey key = header.key();
    if (chunk == null) {
      store.lost(key, header.version(), PurgeReason.EVICTION);
      throw new IOException("a part of entry " + key.digest() + " is not in Redis any more");
    }
    int length = chunks.length(number, header.bodyLength());
    if (chunk.length != length + Integer.BYTES
        || ByteBuffer.wrap(chunk).getInt(length) != check(chunks, number, chunk, length)) {
      store.lost(key, header.version(), PurgeReason.CORRUPTION);
      throw new IOException("damaged bytes of entry " + key.digest() + " in Redis");
    }
    return chunk;
  }

  /** The checksum of a chunk, which covers where it belongs. */
  static int check(Chunks chunks, int number, byte[] bytes, int length) {
    ByteBuffer place = ByteBuffer.allocate(Chunks.ID_BYTES + Integer.BYTES);
    place.putLong(chunks.idHigh()).putLong(chunks.idLow()).putInt(number);
    CRC32C crc = new CRC32C();
    crc.update(place.flip());
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  @Override
  public synchronized ByteBuffer readRemaining(int maxBytes) throws IOException {
    requireOpen();
    long remaining = header.bodyLength() - position;
    if (remaining > maxBytes) {
      throw new IOException(remaining + " bytes are left, more than " + maxBytes);
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
    store.requireOpen();
  }

  @Override
  public void close() {
    closed = true;
  }
}
