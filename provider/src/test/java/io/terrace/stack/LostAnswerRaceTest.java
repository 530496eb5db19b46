package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.TierUnavailableException;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writes whose answer is lost, and which come to the authority after it was asked about them. */
final class LostAnswerRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void losesAnswerOfNextCommit() {
    boolean[] isNext = {true};
    a.authority.at(
        (step, key) -> {
          if (step.equals("commit") && isNext[0]) {
            isNext[0] = false;
            throw new IOException("no answer");
          }
        });
  }

  /** The network delivers it now. */
  private void arrives(String key, String value) throws IOException {
    EntryKey entryKey = fixture.key(key);
    int codec = fixture.base.values.id();
    EntryHeader header =
        EntryHeader.of(entryKey, fixture.base.now.get(), EntryHeader.NEVER, codec, Metadata.NONE);
    Entries.put(a.authority, header, fixture.base.values.encode(value), Condition.ALWAYS);
  }

  /** If it were wrong, a process would serve its own older value for ever. */
  @Test
  void i4_aWriteThatArrivesAfterItWasTakenForFailedIsFollowed() throws Exception {
    a.put("k", "old");
    a.warm("k");
    a.beat();
    losesAnswerOfNextCommit();
    assertThatThrownBy(() -> a.put("k", "late")).isInstanceOf(TierUnavailableException.class);
    assertThat(a.get("k")).isEqualTo("old");
    arrives("k", "late");
    a.beat();
    b.beat();
    assertThat(b.get("k")).isEqualTo("late");
    assertThat(a.get("k")).isEqualTo("late");
    assertThat(a.onDisk("k")).isEqualTo("late");
  }

  /** If it were wrong, a later write would stay in the heap over the one that overtook it. */
  @Test
  void i4_aWriteThatArrivesInTheMidstOfALaterOneIsFollowed() throws Exception {
    losesAnswerOfNextCommit();
    assertThatThrownBy(() -> a.put("k", "late")).isInstanceOf(TierUnavailableException.class);
    a.authority.at(
        (step, key) -> {
          if (step.equals("committed")) {
            a.authority.at((otherStep, otherKey) -> {});
            arrives("k", "late");
            a.follow();
          }
        });
    a.put("k", "later");
    assertThat(a.get("k")).isEqualTo("late");
    assertThat(a.inHeap("k")).isNotEqualTo("later");
    assertThat(a.onDisk("k")).isNotEqualTo("later");
  }
}
