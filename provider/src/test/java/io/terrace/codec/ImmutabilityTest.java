package io.terrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.codec.Samples.Color;
import io.terrace.codec.Samples.Dated;
import io.terrace.codec.Samples.Holder;
import io.terrace.codec.Samples.Money;
import io.terrace.codec.Samples.Name;
import io.terrace.codec.Samples.Place;
import io.terrace.codec.Samples.Point;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings({"JavaUtilDate", "unused"}) // fields are only looked at by reflection
class ImmutabilityTest {

  /** Non-final itself, which does not matter: an instance of exactly this class cannot change. */
  static class Tag {
    private final String text;

    Tag(String text) {
      this.text = text;
    }
  }

  static final class Pair {
    private final String left = "l";
    private final long right = 1;
    private final Color color = Color.GREEN;
    private final Point point = new Point(1, 2);
    private final @Nullable Pair next = null;
  }

  static final class Extends extends Mutable {
    private final String text = "t";
  }

  static class Mutable {
    int state;
  }

  static final class HoldsTag {
    private final Tag tag = new MutableTag(); // a variable of a class that is not final
  }

  static final class MutableTag extends Tag {
    int state;

    MutableTag() {
      super("m");
    }
  }

  static final class HoldsCounter {
    private final AtomicInteger counter = new AtomicInteger();
  }

  static final class HoldsArray {
    private final int[] array = {1};
  }

  static final class HoldsTransient implements Serializable {
    private final String text = "t";
    private final transient String derived = "d";
  }

  static final class Cached {
    private final String text = "t";
    private int hash;
  }

  static final class EvilDecimal extends BigDecimal {
    int state;

    EvilDecimal() {
      super("1");
    }
  }

  record Box<T>(T value) {}

  record Cons(Object head, @Nullable Cons tail) {}

  static Stream<Named<Object>> shareable() {
    return named(
        "text",
        1,
        2L,
        (short) 3,
        (byte) 4,
        'c',
        true,
        1.5f,
        2.5,
        BigDecimal.ONE,
        BigInteger.TEN,
        Color.RED,
        Color.GREEN,
        UUID.randomUUID(),
        URI.create("urn:x"),
        Locale.ROOT,
        String.class,
        Instant.EPOCH,
        Duration.ZERO,
        LocalDate.EPOCH,
        ZoneOffset.UTC,
        ZoneId.of("Europe/Vienna"),
        ZonedDateTime.now(ZoneId.of("Europe/Vienna")),
        OffsetDateTime.now(ZoneOffset.UTC),
        new Point(1, 2),
        new Place(new Name("a", null), Color.GREEN, new Point(1, 2)),
        new Money(BigDecimal.ONE, "EUR"),
        new Box<>("text"),
        new Box<>(new Box<>(List.of(1, 2))),
        new Holder(null),
        new Tag("t"),
        new Pair(),
        List.of("a"),
        List.of("a", "b", "c"),
        Stream.of("a", null).toList(),
        List.of("a", "b", "c").subList(1, 2),
        Set.of(1, 2, 3),
        Map.of("a", List.of(1), "b", Map.of()),
        Map.entry("a", 1),
        Collections.emptyList(),
        Optional.empty(),
        Optional.of("x"),
        Stream.iterate((Object) "x", Box::new).limit(10).reduce((a, b) -> b).orElseThrow());
  }

  static Stream<Named<Object>> mutable() {
    String captured = "x" + System.nanoTime();
    return named(
        new Object(),
        new Date(),
        new int[0],
        new String[] {"a"},
        new java.util.BitSet(),
        new ArrayList<>(),
        new AtomicInteger(),
        Collections.unmodifiableList(new ArrayList<>()),
        List.of(new Date()),
        List.of(List.of(List.of(new int[1]))),
        Set.of(new StringBuilder()),
        Map.of("k", new Date()),
        Map.of(new Date(), "v"),
        Map.entry("a", new Date()),
        Optional.of(new Date()),
        new Dated("a", new Date()),
        new Box<>(new Date()),
        new Box<>(new Box<>(new int[0])),
        new Samples.WithArray(new byte[1]),
        new Samples.Replaced("a"),
        new Money(new EvilDecimal(), "EUR"),
        new EvilDecimal(),
        new MutableTag(),
        new HoldsTag(),
        new HoldsCounter(),
        new HoldsArray(),
        new HoldsTransient(),
        new Cached(),
        new Extends(),
        new Samples.Proxied("a"),
        new Samples.Bean(),
        new IllegalStateException("x"),
        (Supplier<String>) () -> captured,
        deepList());
  }

  /** Named by their class: arrays are arguments of their own otherwise. */
  private static Stream<Named<Object>> named(Object... values) {
    return Stream.of(values).map(value -> Named.of(value.getClass().getTypeName(), value));
  }

  private static Object deepList() {
    Cons list = null;
    for (int i = 0; i < 100_000; i++) {
      list = new Cons(i, list);
    }
    return java.util.Objects.requireNonNull(list);
  }

  @ParameterizedTest
  @MethodSource
  void shareable(Object value) {
    assertThat(Immutability.isShareable(value)).isTrue();
    assertThat(new Copier<>(getClass().getClassLoader()).copy(value)).isSameAs(value);
  }

  @ParameterizedTest
  @MethodSource
  void mutable(Object value) {
    assertThat(Immutability.isShareable(value)).isFalse();
  }
}
