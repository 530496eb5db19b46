package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.EntryKey;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link StreamStack} holds above a shared authority. A change that another process made is
 * a turn of the key like any other, so that nothing that was read before is copied up after it.
 */
final class StreamCopies implements LocalCopies {
  private final LocalTiers locals;
  private final StreamWork works;

  StreamCopies(LocalTiers locals, StreamWork works) {
    this.locals = locals;
    this.works = works;
  }

  @Override
  public void invalidate(EntryKey key, long version) {
    KeyWork turn = works.beginTurn(key);
    try {
      locals.purgeOlder(key, version);
    } finally {
      works.endTurn(key, turn);
    }
  }

  @Override
  public void confirm(EntryKey key, long version) {
    KeyWork work = works.beginConfirm(key, version);
    try {
      locals.purgeOlder(key, version);
    } finally {
      works.endConfirm(key, work);
    }
  }

  @Override
  public void clear() {
    works.withoutCopies(locals::clear);
  }

  @Override
  public void purgeTag(String tag, PurgeMode mode, long throughVersion) {
    works.withoutCopies(() -> locals.purgeTag(tag, mode, throughVersion));
  }

  @Override
  public void distrust(BitSet partitions) {
    works.withoutCopies(() -> locals.distrust(partitions));
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
