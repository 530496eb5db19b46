package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.HeaderCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mark that a durable tier keeps: of one history with its entries, and seen by nobody else. */
final class MarkTest {
  @TempDir Path root;

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(root);
  }

  @Test
  void theLastMarkIsThereAfterReopening() throws IOException {
    DiskSetup setup = DiskSetup.in(root);
    try (DiskTier tier = setup.open()) {
      assertThat(tier.mark()).isNull();
      tier.mark(bytes("first"));
      put(tier, key(1), bytes("v"));
      tier.mark(bytes(7, 9000));
    }
    try (DiskTier tier = setup.open()) {
      assertThat(tier.mark()).isEqualTo(bytes(7, 9000));
      tier.clear();
      assertThat(tier.mark()).isNull();
    }
  }

  @Test
  void nobodyMeetsTheMark() throws IOException {
    List<String> left = new ArrayList<>();
    DiskSetup setup =
        DiskSetup.in(root)
            .maxBytes(1 << 20)
            .listener((tier, key, version, reason) -> left.add(key.digest()));
    Set<String> written = new HashSet<>();
    try (DiskTier tier = setup.open()) {
      tier.mark(bytes("mark"));
      assertThat(tier.usage().entries()).isZero();
      try (HeaderCursor all = tier.scan()) {
        assertThat(all.next()).isNull();
      }
      for (int i = 0; i < 2000; i++) {
        put(tier, key(i), bytes(i, 2000)); // the region of the mark is evicted
        written.add(key(i).digest());
      }
    }
    assertThat(left).isNotEmpty().isSubsetOf(written);
  }

  /**
   * Were the mark not of one history with the entries, a power cut could leave a mark that says
   * that an entry was invalidated, and the entry.
   */
  @Test
  void i9_aMarkIsNeverAheadOfTheEntries() throws IOException {
    Random random = new Random(11);
    PowerCutFiles files = new PowerCutFiles();
    DiskSetup setup = DiskSetup.in(root.resolve("live")).maxBytes(1 << 20).files(files);
    int marked = 0;
    try (DiskTier tier = setup.open()) {
      for (int i = 1; i <= 300; i++) {
        put(tier, key(0), bytes("value " + i));
        boolean unused = tier.purge(key(0), PurgeReason.INVALIDATION, Condition.ALWAYS);
        tier.mark(bytes("purged " + i));
        put(tier, key(1), bytes("after " + i));
        if (random.nextInt(5) == 0) {
          marked += cut(files, random);
        }
      }
    }
    assertThat(marked).isPositive();
  }

  /** After a mark that says that so many values were purged, none of them is there. */
  private int cut(PowerCutFiles files, Random random) throws IOException {
    Path target = root.resolve("cut");
    DiskSetup setup = DiskSetup.in(target).maxBytes(1 << 20).files(new FaultyFiles());
    files.cut(random, setup.folder());
    int purged = 0;
    try (DiskTier tier = setup.open()) {
      byte[] mark = tier.mark();
      byte[] value = get(tier, key(0));
      purged = mark == null ? 0 : number(mark);
      if (value != null) {
        assertThat(number(value)).isGreaterThan(purged);
      }
    }
    Copies.delete(target);
    return purged;
  }

  private static int number(byte[] text) {
    String all = new String(text, StandardCharsets.UTF_8);
    return Integer.parseInt(all.substring(all.indexOf(' ') + 1));
  }

  @Test
  void aMarkIsNoKeyOfAUser() throws IOException {
    try (DiskTier tier = DiskSetup.in(root).open()) {
      tier.mark(bytes("mark"));
      put(tier, key("terrace mark"), bytes("mine"));
      assertThat(tier.mark()).isEqualTo(bytes("mark"));
      assertThat(get(tier, key("terrace mark"))).isEqualTo(bytes("mine"));
      assertThat(tier.usage().entries()).isEqualTo(1);
    }
  }
}
