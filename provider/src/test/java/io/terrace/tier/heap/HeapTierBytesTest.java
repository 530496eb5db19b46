package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.checkPolicyFollows;
import static io.terrace.tier.heap.Invariants.keys;
import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.HeapSettings;
import io.terrace.tier.Resident;
import org.junit.jupiter.api.Test;

/** A tier bounded by bytes. */
class HeapTierBytesTest {
  private static final long MAX_BYTES = 100_000;

  private final Weigher<String, byte[]> weigher = new Weigher<>(MAX_BYTES, MAX_BYTES);
  private final HeapTier<String, byte[]> tier =
      new HeapTier<>(HeapSettings.builder().maxBytes(MAX_BYTES).build());

  private static Resident<byte[]> ofBytes(int bytes) {
    return resident(new byte[bytes]);
  }

  @Test
  void countsWhatItHolds() {
    Resident<byte[]> one = ofBytes(1_000);
    Resident<byte[]> two = ofBytes(20_000);
    tier.compareAndSet("one", null, one);
    tier.compareAndSet("two", null, two);

    assertThat(tier.usage().bytes())
        .isEqualTo(weigher.bytes("one", one) + weigher.bytes("two", two))
        .isBetween(21_000L, 22_000L);
    tier.remove("two");
    assertThat(tier.usage().bytes()).isEqualTo(weigher.bytes("one", one));
    tier.clear();
    assertThat(tier.usage().bytes()).isZero();
  }

  @Test
  void neverHoldsMoreThanItsBound() {
    for (int i = 0; i < 1_000; i++) {
      tier.compareAndSet("k" + i, null, ofBytes(i * 37 % 9_000));
      assertThat(tier.usage().bytes()).isLessThanOrEqualTo(MAX_BYTES);
    }

    assertThat(tier.usage().bytes()).isGreaterThan(MAX_BYTES - 10_000);
    assertThat(tier.usage().evictions() + tier.usage().entries()).isEqualTo(1_000);
    checkPolicyFollows(tier);
  }

  @Test
  void aReplacementIsWeighedAnew() {
    for (int i = 0; i < 9; i++) {
      tier.compareAndSet("k" + i, null, ofBytes(10_000));
    }
    Resident<byte[]> small = ofBytes(100);
    assertThat(tier.compareAndSet("k0", tier.peek("k0"), small)).isTrue();
    assertThat(tier.usage().entries()).isEqualTo(9);
    assertThat(tier.usage().bytes()).isBetween(80_000L, 90_000L);

    Resident<byte[]> large = ofBytes(60_000);
    assertThat(tier.compareAndSet("k0", small, large)).isTrue();
    assertThat(tier.usage().bytes()).isLessThanOrEqualTo(MAX_BYTES);
    assertThat(tier.usage().evictions()).isPositive();
    checkPolicyFollows(tier);
  }

  @Test
  void whatIsTooLargeIsRefusedAndItsPredecessorStays() {
    Resident<byte[]> small = ofBytes(100);
    Resident<byte[]> tooLarge = ofBytes((int) MAX_BYTES);
    tier.compareAndSet("k", null, small);

    assertThatThrownBy(() -> tier.compareAndSet("k", small, tooLarge))
        .isInstanceOf(EntryTooLargeException.class)
        .hasMessageContaining("100000 bytes of tier 'heap': raise heap.max-bytes");
    assertThatThrownBy(() -> tier.compareAndSet("another", null, tooLarge))
        .isInstanceOf(EntryTooLargeException.class);
    assertThat(tier.get("k")).isSameAs(small);
    assertThat(keys(tier)).containsExactly("k");
    assertThat(tier.usage().evictions()).isZero();
    checkPolicyFollows(tier);
  }

  @Test
  void whatJustFitsIsAdmitted() {
    Resident<byte[]> empty = ofBytes(0);
    Resident<byte[]> fits = ofBytes((int) (MAX_BYTES - weigher.bytes("k", empty)));

    assertThat(tier.compareAndSet("k", null, fits)).isTrue();
    assertThat(tier.get("k")).isSameAs(fits);
    assertThat(tier.usage().bytes()).isBetween(MAX_BYTES - 8, MAX_BYTES);
  }
}
