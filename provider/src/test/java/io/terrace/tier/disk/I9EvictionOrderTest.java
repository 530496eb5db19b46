package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops the world at the instant before a region is deleted, which no other test could hit. */
class I9EvictionOrderTest {
  private static final int KEYS = 1200;
  private static final long ROOM_FOR_REMOVALS_BELOW = 930_000;

  @TempDir Path directory;

  private final AtomicInteger deletions = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile DiskTier tier;

  @Test
  void i9_aRemovalDuringReclaimIsNotForgottenByACrash() throws IOException {
    DiskSetup live = DiskSetup.in(directory.resolve("live")).maxBytes(1 << 20);
    try (DiskTier opened = live.files(watched(live.folder())).open()) {
      tier = opened;
      for (int i = 0; i < KEYS && failure.get() == null; i++) {
        put(tier, key(i), bytes(i, 3000));
        while (tier.usage().bytes() > ROOM_FOR_REMOVALS_BELOW && failure.get() == null) {
          Thread.onSpinWait(); // the reclaiming thread itself removes, and must not have to wait
        }
      }
    }
    assertThat(failure.get()).isNull();
    assertThat(deletions.get()).isGreaterThan(3);
  }

  private WatchedFiles watched(Path folder) {
    return new WatchedFiles(
        () -> {
          try {
            removeAndCrash(folder);
          } catch (IOException | AssertionError e) {
            failure.compareAndSet(null, e);
          }
        });
  }

  /** In the thread that reclaims, about to delete a region. */
  private void removeAndCrash(Path folder) throws IOException {
    deletions.incrementAndGet();
    DiskSetup crashed = DiskSetup.in(directory.resolve("crashed")).maxBytes(1 << 20);
    int first = deletions.get() * 40 - 40; // some 43 entries a region, so about the oldest
    for (int i = first; i < first + 20; i++) {
      tier.purge(key(i), PurgeReason.INVALIDATION, Condition.ALWAYS);
    }
    Copies.copy(folder, crashed.folder());
    try (DiskTier copy = crashed.files(new FaultyFiles()).open()) {
      for (int i = first; i < first + 20; i++) {
        assertThat(copy.lookup(key(i))).as("key %d", i).isInstanceOf(Lookup.Miss.class);
      }
    }
    Copies.delete(directory.resolve("crashed"));
  }

  /** Runs something before each deletion of a region. */
  private record WatchedFiles(DiskFiles files, Runnable beforeDeletion) implements DiskFiles {
    WatchedFiles(Runnable beforeDeletion) {
      this(new FaultyFiles(), beforeDeletion);
    }

    @Override
    public DiskFile create(Path path) throws IOException {
      return new WatchedFile(files.create(path), beforeDeletion);
    }

    @Override
    public DiskFile open(Path path) throws IOException {
      return new WatchedFile(files.open(path), beforeDeletion);
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
      return files.list(folder);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      files.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
      files.delete(path);
    }

    @Override
    public void forceDirectory(Path folder) throws IOException {
      files.forceDirectory(folder);
    }
  }

  private record WatchedFile(DiskFile file, Runnable beforeDeletion) implements DiskFile {
    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      return file.write(source, position);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      file.truncate(sizeBytes);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void delete() throws IOException {
      beforeDeletion.run();
      file.delete();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
