package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link TieredStack} holds above a shared authority. A change that another process made is
 * a turn of the key like any other, so that nothing that was read before is copied up after it.
 */
final class TieredCopies<K, V> implements LocalCopies {
  private final @Nullable Front<K, V> front;
  private final LocalTiers locals;
  private final Activities<K, V> activities;
  private final KeyCodec<K> keys;

  TieredCopies(
      @Nullable Front<K, V> front,
      LocalTiers locals,
      Activities<K, V> activities,
      KeyCodec<K> keys) {
    this.front = front;
    this.locals = locals;
    this.activities = activities;
    this.keys = keys;
  }

  @Override
  public void invalidate(EntryKey entryKey, long version) {
    K key = decoded(entryKey);
    if (key == null) {
      clear(); // a key that was put here, of a class that is not admitted from there
      return;
    }
    WriteTurn turn = activities.beginWrite(key); // as a writer: no other one is alone meanwhile
    try {
      if (front != null) {
        front.removeOlder(key, version);
      }
      locals.purgeOlder(entryKey, version);
    } finally {
      activities.endWrite(key, turn);
    }
  }

  /** Null if the bytes are no key of this cache. */
  private @Nullable K decoded(EntryKey entryKey) {
    try {
      return keys.decode(entryKey);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /**
   * What this process wrote last is not older, and stays. But a write whose answer was lost may
   * have been taken for one that was not made.
   */
  @Override
  public void confirm(EntryKey entryKey, long version) {
    K key = decoded(entryKey);
    if (key == null) {
      locals.purgeOlder(entryKey, version);
      return;
    }
    WriteTurn turn = activities.beginConfirm(key, version);
    try {
      if (front != null) {
        front.removeOlder(key, version);
      }
      locals.purgeOlder(entryKey, version);
    } finally {
      activities.endConfirm(key, turn);
    }
  }

  @Override
  public void clear() {
    activities.clearing(
        () -> {
          clearFront();
          locals.clear();
        });
  }

  @Override
  public void purgeTag(String tag, PurgeMode mode, long throughVersion) {
    activities.clearing(
        () -> {
          locals.purgeTag(tag, mode, throughVersion);
          if (front != null) {
            front.purgeTag(tag, mode, throughVersion);
          }
        });
  }

  @Override
  public void distrust(BitSet partitions) {
    activities.clearing(
        () -> {
          clearFront();
          locals.distrust(partitions);
        });
  }

  @Override
  public void limitAge(@Nullable Duration limit) {
    if (front != null) {
      front.compareAfter(limit);
    }
  }

  private void clearFront() {
    if (front != null) {
      front.clear();
    }
  }

  @Override
  public BitSet distrusted() {
    return locals.distrusted();
  }

  @Override
  public void mark(byte[] mark) {
    locals.mark(mark);
  }

  @Override
  public byte @Nullable [] mark() {
    return locals.mark();
  }
}
