package io.terrace.linearizability;

import static io.terrace.linearizability.Kind.GET;
import static io.terrace.linearizability.Kind.GET_AND_PUT;
import static io.terrace.linearizability.Kind.GET_AND_REMOVE;
import static io.terrace.linearizability.Kind.INVOKE;
import static io.terrace.linearizability.Kind.PUT;
import static io.terrace.linearizability.Kind.PUT_IF_ABSENT;
import static io.terrace.linearizability.Kind.REMOVE;
import static io.terrace.linearizability.Kind.REMOVE_IF;
import static io.terrace.linearizability.Kind.REPLACE_IF;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.Verdict.Linearizable;
import io.terrace.linearizability.Verdict.Undecided;
import io.terrace.linearizability.Verdict.Violated;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checker tells good histories from bad ones, as the definition does. */
class CheckerTest {
  private static final int RANDOM_HISTORIES = Integer.getInteger("terrace.checks", 20_000);

  private static void assertGood(Recorded recorded) {
    assertThat(Checker.check(recorded.spans())).isInstanceOf(Linearizable.class);
  }

  private static Violated assertBad(Recorded recorded) {
    Verdict verdict = Checker.check(recorded.spans());
    assertThat(verdict).isInstanceOf(Violated.class);
    return (Violated) verdict;
  }

  @Test
  void whatOneThreadDoesIsGood() {
    assertGood(
        new Recorded()
            .op(0, 1, GET, 0, 0, 0)
            .op(2, 3, PUT_IF_ABSENT, 5, 0, 1)
            .op(4, 5, PUT_IF_ABSENT, 6, 0, 0)
            .op(6, 7, REPLACE_IF, 7, 5, 1)
            .op(8, 9, INVOKE, 1, 0, 7)
            .op(10, 11, GET_AND_REMOVE, 0, 0, 8)
            .op(12, 13, REMOVE, 0, 0, 0));
  }

  @Test
  void aReadOfWhatWasOverwrittenBeforeIsBad() {
    Violated violated =
        assertBad(
            new Recorded()
                .op(0, 1, PUT, 1, 0, 0)
                .op(2, 3, PUT, 2, 0, 0)
                .op(4, 5, GET, 0, 0, 1)
                .op(6, 7, GET, 0, 0, 2));
    assertThat(violated.stuck().id()).isEqualTo(2);
    assertThat(violated.states()).containsExactly(2L);
  }

  @Test
  void readsDuringAPutMayBeOldThenNewButNotNewThenOld() {
    Recorded forth =
        new Recorded().op(0, 9, PUT, 1, 0, 0).op(1, 2, GET, 0, 0, 0).op(3, 4, GET, 0, 0, 1);
    Recorded back =
        new Recorded().op(0, 9, PUT, 1, 0, 0).op(1, 2, GET, 0, 0, 1).op(3, 4, GET, 0, 0, 0);
    assertGood(forth);
    assertBad(back);
  }

  @Test
  void onlyOneOfTwoCanCreate() {
    assertBad(new Recorded().op(0, 9, PUT_IF_ABSENT, 1, 0, 1).op(0, 9, PUT_IF_ABSENT, 2, 0, 1));
    assertGood(
        new Recorded()
            .op(0, 9, PUT_IF_ABSENT, 1, 0, 1)
            .op(0, 9, PUT_IF_ABSENT, 2, 0, 1)
            .op(1, 8, REMOVE, 0, 0, 1));
  }

  @Test
  void aLostUpdateIsBad() {
    assertBad(
        new Recorded()
            .op(0, 1, PUT, 10, 0, 0)
            .op(2, 5, INVOKE, 1, 0, 10)
            .op(2, 5, INVOKE, 1, 0, 10));
  }

  @Test
  void aRefusalNeedsAMomentToBeRight() {
    Recorded swaps = new Recorded().op(0, 1, PUT, 1, 0, 0).op(2, 9, GET_AND_PUT, 2, 0, 1);
    assertBad(swaps.op(10, 11, REMOVE_IF, 0, 2, 0));
  }

  @Test
  void aFailedChangeMayNotBeSeen() {
    assertBad(new Recorded().failed(0, 1, PUT, 1).op(2, 3, GET, 0, 0, 1));
  }

  @Test
  void aChangeOfUnknownOutcomeMayCountNeverOrMuchLater() {
    assertGood(new Recorded().unknown(0, PUT, 1, 0).op(2, 3, GET, 0, 0, 0));
    assertGood(
        new Recorded()
            .unknown(0, PUT, 1, 0)
            .op(2, 3, PUT, 2, 0, 0)
            .op(4, 5, GET, 0, 0, 2)
            .op(6, 7, GET, 0, 0, 1));
  }

  @Test
  void aChangeOfUnknownOutcomeCountsOnceAndNotBeforeItsCall() {
    assertBad(
        new Recorded()
            .unknown(0, PUT, 1, 0)
            .op(2, 3, GET, 0, 0, 1)
            .op(4, 5, PUT, 2, 0, 0)
            .op(6, 7, GET, 0, 0, 1));
    assertBad(new Recorded().op(0, 1, GET, 0, 0, 1).unknown(2, PUT, 1, 0));
  }

  @Test
  void manyChangesOfUnknownOutcomeAreDecided() {
    Recorded recorded = new Recorded();
    for (int i = 1; i <= 60; i++) {
      recorded.unknown(i, PUT, i, 0).unknown(i, REMOVE, 0, 0);
    }
    for (int i = 1; i <= 60; i++) {
      recorded.op(100 + 10L * i, 105 + 10L * i, GET, 0, 0, i);
    }
    assertGood(recorded);
    assertBad(recorded.op(2000, 2001, GET, 0, 0, 60).op(2002, 2003, GET, 0, 0, 1));
  }

  @Test
  void theSearchGivesUp() {
    Recorded recorded = new Recorded();
    for (int i = 1; i <= 24; i++) {
      recorded.op(i, 100, PUT, i, 0, 0);
    }
    assertThat(Checker.check(recorded.spans(), 1000)).isInstanceOf(Undecided.class);
  }

  @Test
  void smallHistoriesAreJudgedAsByTheDefinition() {
    Random random = new Random(4711);
    int good = 0;
    for (int i = 0; i < RANDOM_HISTORIES; i++) {
      List<Span> spans = Recorded.random(random, 2 + random.nextInt(5));
      Verdict verdict = Checker.check(spans);
      boolean expected = AllOrders.explain(spans);
      assertThat(verdict instanceof Linearizable).as("%s", spans).isEqualTo(expected);
      if (verdict instanceof Linearizable linearizable) {
        good++;
        assertThat(AllOrders.allows(spans, linearizable.order())).as("%s", spans).isTrue();
      }
    }
    assertThat(good).isBetween(RANDOM_HISTORIES / 20, RANDOM_HISTORIES * 19 / 20);
  }

  @Test
  void aCounterexampleIsSmallAndStillBad() {
    Recorded recorded = new Recorded();
    for (int i = 1; i <= 30; i++) {
      recorded.op(10L * i, 10L * i + 5, PUT, i, 0, 0).op(10L * i + 6, 10L * i + 7, GET, 0, 0, i);
    }
    recorded.op(400, 401, GET, 0, 0, 29).op(402, 403, GET, 0, 0, 30);
    Violated violated = assertBad(recorded);
    Counterexample example = Counterexample.of(recorded.spans(), violated);
    assertThat(Checker.check(example.spans())).isInstanceOf(Violated.class);
    assertThat(example.describe().lines().count()).isLessThanOrEqualTo(4);
    assertThat(example.describe()).contains("GET").contains("-> 29");
  }
}
