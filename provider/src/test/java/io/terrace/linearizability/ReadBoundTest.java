package io.terrace.linearizability;

import static io.terrace.linearizability.Kind.GET;
import static io.terrace.linearizability.Kind.PUT;
import static io.terrace.linearizability.Kind.PUT_IF_ABSENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.ReadBound.Outage;
import io.terrace.linearizability.Verdict.Linearizable;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reads may be as old as their bound allows, and no older. */
class ReadBoundTest {
  private static final Duration IN_CONTACT = Duration.ofNanos(100);
  private static final Duration LEASE = Duration.ofNanos(500);

  private static boolean isGood(Recorded recorded, Outage... outages) {
    ReadBound bound = new ReadBound(IN_CONTACT, LEASE, List.of(outages));
    List<Span> spans = recorded.operations().stream().map(bound::span).toList();
    return Checker.check(spans) instanceof Linearizable;
  }

  /** A read of the first value so long after the second was put by another process. */
  private static Recorded readOld(long age) {
    return new Recorded()
        .op(1000, 1010, PUT, 1, 0, 0)
        .op(2000, 2010, PUT, 2, 0, 0)
        .op(2010 + age, 2020 + age, GET, 0, 0, 1);
  }

  @Test
  void i4_aReadMayBeAsOldAsTheBound() {
    assertThat(isGood(readOld(100))).isTrue();
    assertThat(isGood(readOld(101))).isFalse();
  }

  @Test
  void i4_aReadMayBeAsOldAsTheLeaseAroundAnOutage() {
    assertThat(isGood(readOld(500), new Outage(Outage.ALL, 2005, 2010))).isTrue();
    assertThat(isGood(readOld(501), new Outage(Outage.ALL, 2020, 2030))).isFalse();
    assertThat(isGood(readOld(300), new Outage(Outage.ALL, 1000, 1800))).isFalse();
    assertThat(isGood(readOld(300), new Outage(Outage.ALL, 1000, 1810))).isTrue();
    assertThat(isGood(readOld(300), new Outage(Outage.ALL, 2321, 2400))).isFalse();
    assertThat(isGood(readOld(300), new Outage(2, 1000, 1810))).isTrue();
    assertThat(isGood(readOld(300), new Outage(0, 1000, 1810))).isFalse();
  }

  @Test
  void i4_aReadIsNeverOlderThanWhatItsOwnProcessChanged() {
    Recorded own =
        new Recorded()
            .by(7, 1000, 1010, PUT, 1, 0, 0)
            .by(7, 2000, 2010, PUT, 2, 0, 0)
            .by(7, 2011, 2020, GET, 0, 0, 1);
    Recorded during =
        new Recorded()
            .by(7, 1000, 1010, PUT, 1, 0, 0)
            .by(7, 2000, 2010, PUT, 2, 0, 0)
            .by(7, 2009, 2020, GET, 0, 0, 1);
    assertThat(isGood(own)).isFalse();
    assertThat(isGood(during)).isTrue();
  }

  @Test
  void i4_aReadNeverReturnsWhatWasNeverThere() {
    assertThat(isGood(readOld(0).op(2090, 2095, GET, 0, 0, 3))).isFalse();
  }

  @Test
  void i8_noOtherOperationMayBeOld() {
    Recorded recorded = new Recorded().op(1000, 1010, PUT, 1, 0, 0);
    assertThat(isGood(recorded.op(1020, 1030, PUT_IF_ABSENT, 2, 0, 1))).isFalse();
  }
}
