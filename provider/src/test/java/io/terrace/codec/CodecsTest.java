package io.terrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Codec;
import io.terrace.codec.Samples.Bean;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings({"JavaUtilDate", "JdkObsolete"}) // people cache such values
class CodecsTest {
  private static final ClassLoader LOADER = CodecsTest.class.getClassLoader();
  private static final AllowList LIST = AllowList.of(List.of(), Samples.class);

  private final Codec<Object> codec = Codecs.of(Object.class, LIST, LOADER);
  private final Codec<Object> strict = Codecs.of(Object.class, AllowList.of(List.of()), LOADER);

  @Property
  void bytesComeBack(@ForAll byte[] value) throws IOException {
    Codec<byte[]> bytes = Codecs.of(byte[].class, LIST, LOADER);
    byte[] encoded = bytes.encode(value);
    assertThat(bytes.decode(ByteBuffer.wrap(encoded))).isEqualTo(value).isNotSameAs(encoded);
    assertThat(encoded).isSameAs(value);
    assertThat((byte[]) codec.decode(ByteBuffer.wrap(codec.encode(value)))).isEqualTo(value);
  }

  @Property
  void stringsComeBack(@ForAll String value) throws IOException {
    Codec<String> strings = Codecs.of(String.class, LIST, LOADER);
    assertThat(strings.decode(ByteBuffer.wrap(strings.encode(value)))).isEqualTo(value);
    assertThat(codec.decode(ByteBuffer.wrap(codec.encode(value)))).isEqualTo(value);
  }

  @Test
  void idsAreOfTheFormat() {
    assertThat(Codecs.of(byte[].class, LIST, LOADER).id()).isEqualTo(1);
    assertThat(Codecs.of(String.class, LIST, LOADER).id()).isEqualTo(2);
    assertThat(Codecs.of(Bean.class, LIST, LOADER).id()).isEqualTo(3);
    assertThat(codec.id()).isEqualTo(3);
  }

  static Stream<Named<Object>> values() {
    LinkedHashMap<Object, Object> byAccess = new LinkedHashMap<>(16, 0.25f, true);
    HashMap<Object, Object> sparse = new HashMap<>(16, 0.25f);
    for (int i = 0; i < 500; i++) {
      byAccess.put(i, i);
      sparse.put((byte) i, null);
    }
    return Stream.of(
            "1",
            1,
            1L,
            (short) 1,
            (byte) 1,
            'c',
            true,
            1f,
            1d,
            UUID.randomUUID(),
            "\uD800",
            BigDecimal.ONE,
            Instant.EPOCH,
            ZonedDateTime.now(ZoneId.of("Europe/Vienna")),
            Locale.GERMANY,
            new Date(1),
            Samples.Color.GREEN,
            new Samples.Point[0].getClass(),
            new ArrayList<>(List.of(1)),
            new ArrayList<>(),
            new LinkedList<>(List.of("a")),
            new ArrayDeque<>(List.of(1)).clone().peek(),
            sparse,
            byAccess,
            new HashSet<>(),
            new HashSet<>(List.of(1)),
            new IdentityHashMap<>(),
            Collections.emptyMap(),
            new TreeMap<>(Map.of("a", 1)),
            new ConcurrentHashMap<>(Map.of(1, 2)),
            new CopyOnWriteArrayList<>(List.of(1)),
            List.of(),
            List.of(1, 2, 3),
            Set.of(1),
            Map.of(1, 2),
            Collections.unmodifiableMap(new HashMap<>(Map.of(1, 2))),
            Collections.nCopies(3, "a"),
            Arrays.asList(1, 2),
            int.class,
            String.class,
            EnumSet.allOf(Samples.Color.class),
            new EnumMap<>(Map.of(Samples.Color.RED, 1)),
            new TreeMap<>(Map.of(1, new ArrayList<>(List.of(new HashMap<>())))),
            new Samples.Money(BigDecimal.TEN, "EUR"))
        .map(value -> Named.of(value.getClass().getName(), value));
  }

  @ParameterizedTest
  @MethodSource("values")
  void valuesOfAnyKindComeBack(Object value) throws IOException {
    ByteBuffer encoded = ByteBuffer.wrap(codec.encode(value));
    Object decoded = codec.decode(encoded);
    assertThat(decoded.getClass()).isEqualTo(value.getClass());
    assertThat(decoded).isEqualTo(value);
    assertThat(encoded.hasRemaining()).isFalse();
  }

  @Test
  void objectsWithoutEqualsComeBack() throws IOException {
    for (Object value :
        List.of(
            Bean.of(1),
            new Bean[] {Bean.of(1), Bean.of(1)},
            new double[100],
            new PriorityQueue<>(List.of(3, 1)),
            new AtomicLong(3),
            new StringBuffer("abc"),
            new Samples.Leaf())) {
      GraphAssert.assertDeepCopy(value, codec.decode(ByteBuffer.wrap(codec.encode(value))));
    }
    Exception exception =
        (Exception)
            codec.decode(ByteBuffer.wrap(codec.encode(new IllegalStateException("for once"))));
    assertThat(exception).hasMessage("for once");
  }

  @Test
  void readsFromAnyBuffer() throws IOException {
    byte[] encoded = codec.encode("text");
    ByteBuffer direct = ByteBuffer.allocateDirect(encoded.length + 3).position(3);
    direct.put(encoded).position(3);
    assertThat(codec.decode(direct.asReadOnlyBuffer())).isEqualTo("text");
  }

  @Test
  void aTypedCodecRefusesOtherTypes() throws IOException {
    Codec<Integer> integers = Codecs.of(Integer.class, LIST, LOADER);
    byte[] text = codec.encode("text");
    assertThatThrownBy(() -> integers.decode(ByteBuffer.wrap(text)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("java.lang.String")
        .hasMessageContaining("java.lang.Integer");
  }

  @Test
  void valuesThatCannotBeWrittenAreNamed() {
    assertThatThrownBy(() -> codec.encode(new Samples.HoldsNotSerializable()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Samples$HoldsNotSerializable")
        .hasMessageContaining("Samples$NotSerializable")
        .hasMessageContaining("java.io.Serializable");
  }

  @Test
  void i11_aClassOffTheAllowListIsRefusedAtTheDoor() {
    Comparator<String> lambda = (Comparator<String> & Serializable) (a, b) -> a.compareTo(b);
    Object proxy =
        java.lang.reflect.Proxy.newProxyInstance(
            LOADER, new Class<?>[] {Comparable.class}, new Gadget());
    for (Object value :
        List.of(
            Bean.of(1),
            new ArrayList<>(List.of(Bean.of(1))),
            new Bean[0],
            Bean.class,
            Samples.Color.RED,
            new Samples.Holder("a"),
            new Samples.Leaf(),
            lambda,
            proxy,
            new HashMap<>(Map.of("a", Samples.Color.GREEN)))) {
      assertThatThrownBy(() -> strict.encode(value))
          .as(value.getClass().getName())
          .isInstanceOf(InvalidClassException.class);
    }
    assertThatThrownBy(() -> strict.encode(Bean.of(1)))
        .hasMessageContaining("io.terrace.codec.Samples$Bean")
        .hasMessageContaining("terrace.serialization.allow");
  }

  /** Does on deserialization what an attacker wants. */
  static final class Gadget implements Serializable, java.lang.reflect.InvocationHandler {
    private static final long serialVersionUID = 1L;
    static boolean fired;

    private void readObject(java.io.ObjectInputStream in)
        throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      fired = true;
    }

    @Override
    public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments) {
      fired = true;
      return "";
    }
  }

  @Test
  void i11_aGadgetIsRefusedBeforeItRuns() throws IOException {
    Object proxy =
        java.lang.reflect.Proxy.newProxyInstance(
            LOADER, new Class<?>[] {Comparable.class}, new Gadget());
    Gadget.fired = false;
    for (Object gadget : List.of(new Gadget(), proxy, new Object[] {"a", new Gadget()})) {
      byte[] body = body(plainStream(gadget));
      assertThatThrownBy(() -> strict.decode(ByteBuffer.wrap(body)))
          .isInstanceOf(IOException.class)
          .hasMessageMatching("(?s).*(Gadget|proxy).*");
    }
    assertThat(Gadget.fired).isFalse();
    byte[] body = body(plainStream(Bean.of(1)));
    assertThatThrownBy(() -> strict.decode(ByteBuffer.wrap(body)))
        .isInstanceOf(InvalidClassException.class)
        .hasMessageContaining("io.terrace.codec.Samples$Bean")
        .hasMessageContaining("terrace.serialization.allow");
  }

  @Test
  void i11_declaredLengthsAreBoundByTheBody() throws IOException {
    byte[] array = plainStream(new long[1]);
    array[array.length - 12] = 0x7f; // its length: 2,130,706,433
    assertUnreadable(body(array));

    byte[] list = plainStream(new ArrayList<>(List.of(1)));
    int at = indexOf(list, new byte[] {0, 0, 0, 1, 'w', 4, 0, 0, 0, 1});
    list[at] = 0x7f;
    assertUnreadable(body(list));

    // Each a few bytes, together many times the body.
    ByteArrayOutputStream nested = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(nested);
    out.write(plainStream(new Object[0]), 0, plainStream(new Object[0]).length - 4);
    for (int i = 0; i < 1_000; i++) {
      out.writeInt(10_000);
      out.write(new byte[] {'u', 'q', 0, 0x7e, 0, 0});
    }
    assertUnreadable(body(nested.toByteArray()));
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }

  @Test
  void i11_streamsNestedTooDeeplyAreRefused() throws IOException {
    Object[] array = {};
    byte[] inner = plainStream(array);
    ByteArrayOutputStream nested = new ByteArrayOutputStream();
    nested.write(inner, 0, inner.length - 4);
    for (int i = 0; i < 200_000; i++) {
      nested.write(new byte[] {0, 0, 0, 1, 'u', 'q', 0, 0x7e, 0, 0});
    }
    assertUnreadable(body(nested.toByteArray()));
  }

  @Test
  void i11_truncatedAndLengthenedBodiesAreRefused() throws IOException {
    for (Object value : List.of(Bean.of(1), "text", 1L, new HashMap<>(Map.of("a", 1)))) {
      byte[] body = codec.encode(value);
      for (int length = 0; length < body.length; length++) {
        assertUnreadable(Arrays.copyOf(body, length));
      }
      assertUnreadable(Arrays.copyOf(body, body.length + 1));
      byte[] stream = plainStream(value);
      assertUnreadable(body(Arrays.copyOf(stream, stream.length + 1)));
    }
  }

  @Property(tries = 2000)
  void i11_damagedBodiesAreReadOrRefused(@ForAll int at, @ForAll byte change) throws IOException {
    byte[] body = codec.encode(new ArrayList<>(List.of(Bean.of(1), new HashMap<>(Map.of(1, "a")))));
    body[Math.floorMod(at, body.length)] ^= change;
    try {
      assertThat(codec.decode(ByteBuffer.wrap(body))).isNotNull();
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Property
  void i11_anyBytesAreReadOrRefused(@ForAll byte[] bytes) throws IOException {
    for (Codec<?> each : List.of(codec, Codecs.of(String.class, LIST, LOADER))) {
      try {
        assertThat((Object) each.decode(ByteBuffer.wrap(bytes))).isNotNull();
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private void assertUnreadable(byte[] body) {
    assertThatThrownBy(() -> codec.decode(ByteBuffer.wrap(body))).isInstanceOf(IOException.class);
  }

  private static byte[] body(byte[] stream) {
    return new PartWriter(64).tag(Part.SERIALIZED).sized(stream).toByteArray();
  }

  private static byte[] plainStream(Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }
}
