package io.terrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.codec.Samples.Arguments;
import io.terrace.codec.Samples.Color;
import io.terrace.codec.Samples.Holder;
import io.terrace.codec.Samples.Name;
import io.terrace.codec.Samples.Place;
import io.terrace.codec.Samples.Point;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import javax.cache.CacheException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyCodecsTest {
  private static final ClassLoader LOADER = KeyCodecsTest.class.getClassLoader();

  private final KeyCodec<Object> codec =
      KeyCodecs.of(Object.class, AllowList.of(List.of(), Samples.class), LOADER);

  @Property
  void aKeyComesBackEqual(@ForAll("keys") Object key) throws IOException {
    EntryKey encoded = codec.encode(key);
    assertThat(codec.decode(encoded)).isEqualTo(key).hasSameClassAs(key);
  }

  @Property
  void keysAreEqualIfAndOnlyIfTheirBytesAre(
      @ForAll("keys") Object left, @ForAll("keys") Object right) throws IOException {
    assertThat(codec.encode(left).equals(codec.encode(right))).isEqualTo(left.equals(right));
    Object equalToLeft = codec.decode(codec.encode(left));
    assertThat(codec.encode(equalToLeft)).isEqualTo(codec.encode(left));
  }

  @Property
  void anyBytesAreAKeyOrRefused(@ForAll byte[] bytes) {
    assertThatDecodingIsSafe(bytes);
  }

  @Property
  void i11_damagedKeysAreAKeyOrRefused(
      @ForAll("keys") Object key, @ForAll int at, @ForAll byte change) {
    byte[] bytes = codec.encode(key).bytes().clone();
    bytes[Math.floorMod(at, bytes.length)] ^= change;
    assertThatDecodingIsSafe(bytes);
    assertThatDecodingIsSafe(Arrays.copyOf(bytes, Math.floorMod(at, bytes.length)));
    assertThatDecodingIsSafe(Arrays.copyOf(bytes, bytes.length + 1));
  }

  /** What is accepted is exactly what encoding would write. */
  private void assertThatDecodingIsSafe(byte[] bytes) {
    EntryKey key = new EntryKey(bytes, 0, 0);
    try {
      Object decoded = codec.decode(key);
      assertThat(codec.encode(decoded).bytes()).isEqualTo(bytes);
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Provide
  Arbitrary<Object> keys() {
    Arbitrary<Object> atoms =
        Arbitraries.oneOf(
            Arbitraries.strings().asGeneric(),
            Arbitraries.strings().numeric().ofLength(1).asGeneric(),
            Arbitraries.strings().withChars('\uD800', '\uDC00', 'a', '\u20AC').asGeneric(),
            Arbitraries.integers().asGeneric(),
            Arbitraries.longs().between(-5, 5).asGeneric(),
            Arbitraries.shorts().asGeneric(),
            Arbitraries.bytes().asGeneric(),
            Arbitraries.chars().asGeneric(),
            Arbitraries.doubles().asGeneric(),
            Arbitraries.floats().asGeneric(),
            Arbitraries.of(true, false).asGeneric(),
            Arbitraries.of(Double.NaN, -0.0, 0.0, Float.NaN, -0.0f, 0.0f),
            Arbitraries.create(UUID::randomUUID).asGeneric(),
            Arbitraries.of(Color.class).asGeneric());
    Arbitrary<Object> points =
        Combinators.combine(Arbitraries.integers(), Arbitraries.integers()).as(Point::new);
    Arbitrary<Name> names =
        Combinators.combine(
                Arbitraries.strings().alpha().ofMaxLength(2),
                Arbitraries.strings().alpha().ofMaxLength(2).injectNull(0.2))
            .as(Name::new);
    Arbitrary<Object> places =
        Combinators.combine(names, Arbitraries.of(Color.class), points.injectNull(0.3))
            .as((name, color, point) -> new Place(name, color, (Point) point));
    Arbitrary<Object> lists = atoms.list().ofMaxSize(3).map(ArrayList::new);
    return Arbitraries.oneOf(
        atoms,
        points,
        names.asGeneric(),
        places,
        lists,
        atoms.map(Holder::new),
        lists.map(Holder::new));
  }

  @Test
  void tagsTellTypesApart() {
    List<Object> alike =
        List.of(
            "1",
            1,
            1L,
            (short) 1,
            (byte) 1,
            '1',
            '\u0001',
            true,
            1f,
            1d,
            new UUID(0, 1),
            BigDecimal.ONE,
            List.of(1),
            List.of(1L),
            List.of("1"),
            new Point(1, 1),
            new Holder(1),
            new Holder(1L),
            new Holder("1"),
            new Holder(null),
            new Holder(new Holder(null)),
            Color.RED,
            "RED",
            LocalDate.EPOCH,
            "");
    assertThat(alike.stream().map(codec::encode).distinct()).hasSameSizeAs(alike);
    assertThat(alike.stream().map(key -> codec.encode(key).digest()).distinct())
        .hasSameSizeAs(alike);
  }

  @Test
  void lengthsTellNeighboursApart() {
    assertThat(codec.encode(new Name("ab", "c"))).isNotEqualTo(codec.encode(new Name("a", "bc")));
    assertThat(codec.encode(new Name("a", null))).isNotEqualTo(codec.encode(new Name("a", "")));
  }

  /** The format and the hash are on disk: they may never change. */
  @Test
  void bytesAndHashesStayWhatTheyAre() {
    assertThat(hex("ab")).isEqualTo("01026162");
    assertThat(hex("\u20AC")).isEqualTo("0103e282ac");
    assertThat(hex("\uD800")).isEqualTo("0202d800");
    assertThat(hex("x".repeat(300))).startsWith("01ac0278").hasSize(2 * 303);
    assertThat(hex(258)).isEqualTo("0300000102");
    assertThat(hex(258L)).isEqualTo("040000000000000102");
    assertThat(hex((short) 2)).isEqualTo("050002");
    assertThat(hex((byte) 2)).isEqualTo("0602");
    assertThat(hex('a')).isEqualTo("070061");
    assertThat(hex(true)).isEqualTo("0801");
    assertThat(hex(1f)).isEqualTo("093f800000");
    assertThat(hex(1d)).isEqualTo("0a3ff0000000000000");
    assertThat(hex(new UUID(1, 2))).isEqualTo("0b00000000000000010000000000000002");
    assertThat(hex(Color.GREEN))
        .isEqualTo("0c1e" + ascii("io.terrace.codec.Samples$Color") + "05" + ascii("GREEN"));
    assertThat(hex(new Point(1, 2)))
        .isEqualTo(
            "0d1e" + ascii("io.terrace.codec.Samples$Point") + "02" + "0300000001" + "0300000002");
    assertThat(codec.encode("ab").digest()).isEqualTo("efad9ca99dec85ad37c63343856d2280");
  }

  private String hex(Object key) {
    return HexFormat.of().formatHex(codec.encode(key).bytes());
  }

  private static String ascii(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** One object twice, or two equal ones: Java serialization alone writes different bytes. */
  @Test
  @SuppressWarnings("StringOperationCanBeSimplified")
  void equalSerializableKeysHaveEqualBytesWhateverObjectsTheyShare() {
    String text = "a text";
    Long number = 1234567L;
    UUID id = new UUID(1, 2);
    Arguments shared = new Arguments(text, text, number, number, id, id, null);
    Arguments apart =
        new Arguments(
            text,
            new String(text),
            number,
            Long.valueOf(number.toString()),
            id,
            new UUID(1, 2),
            null);
    assertThat(apart).isEqualTo(shared);
    assertThat(codec.encode(apart)).isEqualTo(codec.encode(shared));
  }

  @Test
  void aTypedCodecRefusesKeysOfOtherTypes() {
    KeyCodec<String> strings = KeyCodecs.of(String.class, AllowList.of(List.of()), LOADER);
    EntryKey number = codec.encode(1);
    assertThatThrownBy(() -> strings.decode(number))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("java.lang.String");
  }

  @Test
  void keysThatCannotBeKeysAreNamed() {
    assertRefused(new byte[1], "byte[]", "an array is equal only to itself");
    assertRefused(new Holder(new int[1]), "int[]", "an array is equal only to itself");
    assertRefused(new Samples.NotSerializable(), "Samples$NotSerializable", "java.io.Serializable");
    assertRefused(
        new Samples.HoldsNotSerializable(), "Samples$NotSerializable", "java.io.Serializable");
  }

  @Test
  void i11_classesOffTheAllowListAreRefusedBothWays() {
    KeyCodec<Object> strict = KeyCodecs.of(Object.class, AllowList.of(List.of()), LOADER);
    List<Object> keys = List.of(Color.RED, new Point(1, 2), new Arguments("a"), new Holder("x"));
    for (Object key : keys) {
      String type = key instanceof Color ? Color.class.getName() : key.getClass().getName();
      assertThatThrownBy(() -> strict.encode(key))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining(type)
          .hasMessageContaining("terrace.serialization.allow");
      EntryKey written = codec.encode(key);
      assertThatThrownBy(() -> strict.decode(written))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining(type)
          .hasStackTraceContaining("terrace.serialization.allow");
    }
  }

  @Test
  void i11_bytesThatLieAreRefused() throws IOException {
    byte[] type = "io.terrace.codec.Samples$Bean".getBytes(StandardCharsets.UTF_8);
    assertUnreadable(new PartWriter(9).tag(Part.RECORD).sized(type).tag((byte) 0));
    assertUnreadable(new PartWriter(9).tag(Part.ENUM).sized(type).sized(type));
    byte[] point = Point.class.getName().getBytes(StandardCharsets.UTF_8);
    assertUnreadable(new PartWriter(9).tag(Part.RECORD).sized(point).tag((byte) 3));
    assertUnreadable(
        new PartWriter(9)
            .tag(Part.RECORD)
            .sized(point)
            .tag((byte) 2)
            .writeAtom("not")
            .writeAtom("numbers"));
    byte[] missing = "io.terrace.codec.Missing".getBytes(StandardCharsets.UTF_8);
    assertUnreadable(new PartWriter(9).tag(Part.ENUM).sized(missing).sized(missing));
    // A length of 4 GiB, a length that never ends, a boolean of 2, an overlong length, bad UTF-8.
    for (String hex :
        List.of("01ffffffff0f61", "01ffffffffffffffff", "0802", "01818000", "0101ff", "00", "")) {
      assertUnreadable(new PartWriter(9).raw(HexFormat.of().parseHex(hex)));
    }
  }

  @Test
  void i11_recordsNestedByTheThousandAreRefused() {
    byte[] holder = Holder.class.getName().getBytes(StandardCharsets.UTF_8);
    PartWriter deep = new PartWriter(9);
    for (int i = 0; i < 100_000; i++) {
      deep.tag(Part.RECORD).sized(holder).tag((byte) 1);
    }
    assertUnreadable(deep.tag(Part.NULL));
  }

  private void assertUnreadable(PartWriter bytes) {
    EntryKey key = new EntryKey(bytes.toByteArray(), 0, 0);
    assertThatThrownBy(() -> codec.decode(key)).isInstanceOf(IOException.class);
  }

  private void assertRefused(@Nullable Object key, String type, String remedy) {
    assertThatThrownBy(() -> codec.encode(java.util.Objects.requireNonNull(key)))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(type)
        .hasMessageContaining(remedy);
  }

  @Test
  void messagesDoNotCarryTheKey() {
    Holder key = new Holder(new ArrayList<>(List.of("secret", new Samples.NotSerializable())));
    assertThatThrownBy(() -> codec.encode(key)).hasMessageNotContaining("secret");
  }

  /** A key as people wrote them before records. */
  private static class Sku {
    private final String code;

    Sku(String code) {
      this.code = code;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sku sku && code.equals(sku.code);
    }

    @Override
    public int hashCode() {
      return code.hashCode();
    }
  }

  private static final class SizedSku extends Sku {
    private final int size;
    private final @Nullable Point where;
    private transient long madeAt = System.nanoTime();

    SizedSku(String code, int size, @Nullable Point where) {
      super(code);
      this.size = size;
      this.where = where;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof SizedSku sku
          && super.equals(sku)
          && size == sku.size
          && Objects.equals(where, sku.where);
    }

    @Override
    public int hashCode() {
      return super.hashCode() + size;
    }
  }

  private static final class CachesItsHash {
    private final String code = "k";
    private int hash;
  }

  @Test
  void aClassOfFinalFieldsIsAKeyByItsFields() throws IOException {
    KeyCodec<Object> here =
        KeyCodecs.of(Object.class, AllowList.of(List.of(), KeyCodecsTest.class), LOADER);
    for (Object key :
        List.of(new Sku("a"), new SizedSku("a", 1, null), new SizedSku("a", 1, new Point(1, 2)))) {
      EntryKey encoded = here.encode(key);
      assertThat(here.decode(encoded)).isEqualTo(key).hasSameClassAs(key);
    }
    assertThat(here.encode(new SizedSku("a", 1, null)))
        .isEqualTo(here.encode(new SizedSku("a", 1, null)))
        .isNotEqualTo(here.encode(new SizedSku("b", 1, null)))
        .isNotEqualTo(here.encode(new SizedSku("a", 2, null)));
  }

  @Test
  void aClassWithAFieldThatMayChangeIsNoKey() {
    KeyCodec<Object> here =
        KeyCodecs.of(Object.class, AllowList.of(List.of(), KeyCodecsTest.class), LOADER);
    assertThatThrownBy(() -> here.encode(new CachesItsHash()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("all of whose fields are final");
  }
}
