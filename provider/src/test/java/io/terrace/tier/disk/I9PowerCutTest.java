package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.DiskSettings.Fsync;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After a power cut the tier holds what it held at some moment: all changes up to one, none after
 * it. With {@code fsync = always} that moment is the last acknowledgement.
 */
class I9PowerCutTest {
  private static final int KEYS = 15;
  private static final int TAGS = 6;

  @TempDir Path root;

  /** What each key held after each change: the number of the change that wrote it. */
  private final List<Map<Integer, Integer>> history = new ArrayList<>();

  private final Map<Integer, Integer> now = new HashMap<>();
  private long cuts;

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(root);
  }

  @Test
  void i9_aPrefixIsLeft() throws IOException {
    for (int seed = 0; seed < 6; seed++) {
      run(seed, Fsync.NEVER, 0);
    }
    assertThat(cuts).isGreaterThan(100);
  }

  @Test
  void i9_everythingAcknowledgedIsLeftWithFsyncAlways() throws IOException {
    for (int seed = 10; seed < 14; seed++) {
      run(seed, Fsync.ALWAYS, 1);
    }
    assertThat(cuts).isGreaterThan(50);
  }

  private void run(int seed, Fsync fsync, int acknowledged) throws IOException {
    Random random = new Random(seed);
    history.clear();
    now.clear();
    history.add(Map.of());
    PowerCutFiles files = new PowerCutFiles();
    DiskSetup setup =
        DiskSetup.in(root.resolve("live-" + seed)).maxBytes(1 << 20).fsync(fsync).files(files);
    DiskTier tier = setup.open();
    try {
      for (int i = 1; i < 700; i++) {
        change(tier, i, random);
        history.add(new HashMap<>(now));
        if (random.nextInt(20) == 0) {
          cut(files, random, acknowledged * (history.size() - 1));
        }
        if (random.nextInt(150) == 0) {
          tier.close();
          tier = setup.open();
        }
      }
    } finally {
      tier.close();
    }
    cut(files, random, history.size() - 1); // a clean close forces everything
  }

  private void change(DiskTier tier, int i, Random random) throws IOException {
    int n = random.nextInt(KEYS);
    if (random.nextInt(50) == 0) {
      tier.clear();
      now.clear();
    } else if (random.nextInt(12) == 0) {
      tier.purgeTag("tag-" + n % TAGS, PurgeMode.HARD, EntryHeader.UNASSIGNED);
      now.keySet().removeIf(each -> each % TAGS == n % TAGS);
    } else if (random.nextInt(5) == 0) {
      tier.purge(key(n), PurgeReason.INVALIDATION, Condition.ALWAYS);
      now.remove(n);
    } else {
      Metadata metadata = new Metadata(null, Set.of("tag-" + n % TAGS), Map.of());
      put(tier, header(key(n), EntryHeader.NEVER, metadata), body(i), Condition.ALWAYS);
      now.put(n, i);
    }
  }

  /** Small, and now and then in several chunks. */
  private static byte[] body(int i) {
    return bytes(i, i % 23 == 0 ? 70_000 : i * 37 % 3000);
  }

  private void cut(PowerCutFiles files, Random random, int atLeast) throws IOException {
    cuts++;
    Path target = root.resolve("cut");
    DiskSetup setup = DiskSetup.in(target).maxBytes(1 << 20).files(new FaultyFiles());
    files.cut(random, setup.folder());
    Map<Integer, byte[]> found = new HashMap<>();
    try (DiskTier tier = setup.open()) {
      for (int n = 0; n < KEYS; n++) {
        byte[] body = get(tier, key(n));
        if (body != null) {
          found.put(n, body);
        }
      }
      assertThat(tier.usage().corruptions()).isZero();
      put(tier, key(0), bytes("goes on"));
      assertThat(get(tier, key(0))).isEqualTo(bytes("goes on"));
    }
    for (int moment = history.size() - 1; moment >= atLeast; moment--) {
      if (isAt(moment, found)) {
        Copies.delete(target);
        return;
      }
    }
    throw new AssertionError("no moment since " + atLeast + " had " + found.keySet());
  }

  private boolean isAt(int moment, Map<Integer, byte[]> found) {
    Map<Integer, Integer> expected = history.get(moment);
    if (!expected.keySet().equals(found.keySet())) {
      return false;
    }
    for (Map.Entry<Integer, Integer> entry : expected.entrySet()) {
      if (!Arrays.equals(body(entry.getValue()), found.get(entry.getKey()))) {
        return false;
      }
    }
    return true;
  }
}
