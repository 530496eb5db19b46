package io.terrace.tier.disk;

import io.terrace.PurgeMode;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.TagEpochs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which tags were purged through which version, and which region of the log says so. Asking is
 * thread safe and waits for nobody; every change is made under the log's lock, together with the
 * record that says the same.
 *
 * <p>What a purge hides is checked when it is met: by lookups and scans, and under the log's lock
 * by everything that is appended. Hence nothing that stands behind the record of a purge depends on
 * it any more: it was refused, dropped, or written as stale. What does depend on it stands before
 * the record, and so in the same region or an older one. Regions go oldest first; with the region
 * of the record goes the last of these, and the purge can be forgotten.
 */
final class PurgedTags {
  /*
   * The log's lock guards `purged`, `encodedBytes` and all writing. A reader that found its entry
   * before the purge was forgotten, and asks about it afterwards, would be told that it is fine:
   * `forgotten` moves in between, so whoever reads it before the index and finds it unchanged after
   * the answer may rely on that.
   */
  private static final int FIXED_BYTES = 3 * Long.BYTES + Integer.BYTES;

  private final TagEpochs epochs = new TagEpochs();
  private final Map<String, Purged> purged = new HashMap<>();
  private long encodedBytes;
  private volatile long latestHard;
  private volatile long latest;
  private volatile long purges;
  private volatile long forgotten;

  /**
   * All purges of a tag.
   *
   * @param region the region of the latest record about it
   */
  private record Purged(long region, long hardThrough, long softThrough) {
    private static final Purged NEVER = new Purged(0, 0, 0);

    long through(PurgeMode mode) {
      return mode == PurgeMode.HARD ? hardThrough : Math.max(hardThrough, softThrough);
    }
  }

  /** The header as it is to be seen: itself, stale, or null if the entry was purged. */
  @Nullable EntryHeader seen(EntryHeader header) {
    return header.version() > latest ? header : epochs.seen(header);
  }

  /** Whether the entry is not to be seen as its header says. */
  boolean concern(EntryHeader header) {
    return header.version() <= latest && epochs.concern(header);
  }

  /** Whether an entry of this version could have been purged; a look at its tags tells. */
  boolean mayHide(long version) {
    return version <= latestHard;
  }

  /** Moves with every purge; under the log's lock it stands still. */
  long purges() {
    return purges;
  }

  /** Moves before a purge is forgotten, and after all it hid has left the index. */
  long forgotten() {
    return forgotten;
  }

  /** Whether a purge would change nothing. */
  boolean covers(String tag, PurgeMode mode, long throughVersion) {
    return purged.getOrDefault(tag, Purged.NEVER).through(mode) >= throughVersion;
  }

  /** Takes a purge that the log holds in this region. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the log's lock
  void add(String tag, PurgeMode mode, long throughVersion, long region) {
    boolean hard = mode == PurgeMode.HARD;
    Purged before = purged.getOrDefault(tag, Purged.NEVER);
    put(
        tag,
        new Purged(
            region,
            hard ? Math.max(before.hardThrough, throughVersion) : before.hardThrough,
            hard ? before.softThrough : Math.max(before.softThrough, throughVersion)));
    purges++;
  }

  private void put(String tag, Purged now) {
    if (purged.put(tag, now) == null) {
      encodedBytes += FIXED_BYTES + utf8(tag).length;
    }
    latest = Math.max(latest, Math.max(now.hardThrough, now.softThrough));
    latestHard = Math.max(latestHard, now.hardThrough);
    epochs.purge(tag, PurgeMode.HARD, now.hardThrough);
    epochs.purge(tag, PurgeMode.SOFT, now.softThrough);
  }

  static byte[] utf8(String tag) {
    return tag.getBytes(StandardCharsets.UTF_8);
  }

  /** Forgets what no other region than this one says; nothing in the index depends on it. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the log's lock
  void forgetRegion(long region) {
    boolean moved = false;
    for (Iterator<Map.Entry<String, Purged>> all = purged.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<String, Purged> each = all.next();
      Purged past = each.getValue();
      if (past.region <= region) {
        if (!moved) {
          forgotten++;
          moved = true;
        }
        encodedBytes -= FIXED_BYTES + utf8(each.getKey()).length;
        epochs.forget(each.getKey(), new TagEpochs.Epoch(past.hardThrough, past.softThrough));
        all.remove();
      }
    }
    if (purged.isEmpty()) {
      latestHard = 0;
      latest = 0;
    }
  }

  /** Forgets everything; the index is empty. */
  void clear() {
    forgetRegion(Long.MAX_VALUE);
  }

  /** What {@link #encode} needs. */
  int encodedBytes() {
    return (int) Math.min(encodedBytes, Integer.MAX_VALUE);
  }

  /** All purges: region, hard and soft version, the length of the tag and the tag. */
  ByteBuffer encode(ByteBuffer target) {
    purged.forEach(
        (tag, each) -> {
          byte[] bytes = utf8(tag);
          target.putLong(each.region).putLong(each.hardThrough).putLong(each.softThrough);
          target.putInt(bytes.length).put(bytes);
        });
    return target;
  }

  /** Reads what was encoded; false if it is something else. */
  boolean decode(ByteBuffer source) {
    while (source.remaining() >= FIXED_BYTES) {
      Purged each = new Purged(source.getLong(), source.getLong(), source.getLong());
      int length = source.getInt();
      if (length < 0 || length > source.remaining()) {
        return false;
      }
      byte[] tag = new byte[length];
      source.get(tag);
      put(new String(tag, StandardCharsets.UTF_8), each);
    }
    return !source.hasRemaining();
  }
}
