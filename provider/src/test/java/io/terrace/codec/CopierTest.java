package io.terrace.codec;

import static io.terrace.codec.GraphAssert.assertDeepCopy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.codec.Samples.Address;
import io.terrace.codec.Samples.Arguments;
import io.terrace.codec.Samples.Backwards;
import io.terrace.codec.Samples.Bean;
import io.terrace.codec.Samples.Child;
import io.terrace.codec.Samples.Color;
import io.terrace.codec.Samples.Dated;
import io.terrace.codec.Samples.External;
import io.terrace.codec.Samples.Holder;
import io.terrace.codec.Samples.Leaf;
import io.terrace.codec.Samples.Node;
import io.terrace.codec.Samples.Parent;
import io.terrace.codec.Samples.Ranked;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.CacheException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

// People cache such values.
@SuppressWarnings({"JavaUtilDate", "JdkObsolete", "CollectionUndefinedEquality"})
class CopierTest {
  private final Copier<Object> copier = new Copier<>(CopierTest.class.getClassLoader());

  /** Values that are copied part by part. */
  static Stream<Named<Object>> ordinary() {
    return named(
        Bean.of(1),
        new Leaf(),
        new Bean[] {Bean.of(1), Bean.of(2)},
        new Object[] {"a", 1, new Date(1), null, new int[] {1}},
        new String[][] {{"a"}, {}},
        new boolean[] {true},
        new byte[] {1, 2},
        new short[] {1},
        new char[] {'a'},
        new int[] {1},
        new long[] {1},
        new float[] {1},
        new double[][] {{1}, {2, 3}},
        new Date(7),
        new java.sql.Timestamp(7),
        new java.sql.Date(7),
        new java.sql.Time(7),
        new GregorianCalendar(2020, 1, 2),
        TimeZone.getTimeZone("Europe/Vienna"),
        new SimpleTimeZone(5, "five"),
        BitSet.valueOf(new long[] {5}),
        new AtomicInteger(1),
        new AtomicLong(1),
        new AtomicBoolean(true),
        new AtomicReference<>(new Date(1)),
        new Dated("a", new Date(1)),
        new Holder(new ArrayList<>(List.of(new Date(1)))),
        new Holder(new Holder(Bean.of(3))),
        EnumSet.of(Color.GREEN),
        List.of(new Date(1)),
        List.of(new Date(1), new Date(2), new Date(3)),
        Stream.of(new Date(1), null).toList(),
        Map.of("a", new Date(1)),
        new ArrayList<>(List.of("a", "b")),
        new HashMap<>(Map.of("a", 1)),
        collections(),
        maps());
  }

  /** Named by their class: arrays are arguments of their own otherwise. */
  private static Stream<Named<Object>> named(Object... values) {
    return Stream.of(values).map(value -> Named.of(value.getClass().getTypeName(), value));
  }

  private static List<Object> collections() {
    List<Date> dates = Arrays.asList(new Date(3), null, new Date(1));
    List<Date> noNulls = List.of(new Date(3), new Date(1));
    return List.of(
        new ArrayList<>(dates),
        new LinkedList<>(dates),
        new HashSet<>(dates),
        new LinkedHashSet<>(dates),
        new ArrayDeque<>(noNulls),
        new ConcurrentLinkedQueue<>(noNulls),
        new ConcurrentLinkedDeque<>(noNulls),
        new CopyOnWriteArrayList<>(dates),
        new CopyOnWriteArraySet<>(dates),
        new TreeSet<>(List.of("b", "a")),
        new ConcurrentSkipListSet<>(List.of("b", "a")),
        new PriorityQueue<>(List.of("b", "a")));
  }

  private static List<Object> maps() {
    Map<String, Bean> beans = Map.of("a", Bean.of(1), "b", Bean.of(2));
    TreeMap<String, Date> backwards = new TreeMap<>(new Backwards());
    backwards.put("a", new Date(1));
    backwards.put("b", new Date(2));
    LinkedHashMap<String, Date> byAccess = new LinkedHashMap<>(16, 0.5f, true);
    byAccess.put("a", new Date(1));
    byAccess.put("b", new Date(2));
    Objects.requireNonNull(byAccess.get("a"));
    return List.of(
        new HashMap<>(beans),
        new HashMap<>(Map.of(new Date(1), Bean.of(1))),
        new LinkedHashMap<>(beans),
        byAccess,
        backwards,
        new TreeMap<>(beans),
        new ConcurrentHashMap<>(beans),
        new ConcurrentSkipListMap<>(beans),
        new EnumMap<>(Map.of(Color.RED, Bean.of(1))));
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void copiesDeeply(Object value) {
    assertDeepCopy(value, copier.copy(value));
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void copiesAsSerializationWould(Object value) throws Exception {
    assertDeepCopy(bySerialization(value), copier.copy(value));
  }

  @ParameterizedTest
  @MethodSource("ordinary")
  void copiesWithoutSerialization(Object value) {
    Map<Class<?>, CopyPlan> plans = new HashMap<>();
    assertDeepCopy(value, new GraphCopy(plans).copyMutable(value));
    assertThat(plans).doesNotContainValue(CopyPlans.NONE);
  }

  private static Object bySerialization(Object value) throws Exception {
    return Serialization.read(
        Serialization.write(value, null), CopierTest.class.getClassLoader(), null);
  }

  /** Values with a part that only Java serialization can copy. */
  static Stream<Named<Object>> extraordinary() {
    List<Date> dates = new ArrayList<>(List.of(new Date(1)));
    Properties properties = new Properties();
    properties.setProperty("a", "b");
    return named(
        new LinkedBlockingQueue<>(dates),
        Collections.unmodifiableList(dates),
        Collections.synchronizedMap(new HashMap<>(Map.of("a", new Date(1)))),
        Arrays.asList(new Date(1), new Date(2)),
        new Vector<>(dates),
        java.util.Set.of(new Date(1)),
        new TreeSet<>(dates),
        new PriorityQueue<>(dates),
        new TreeMap<>(Map.of(new Date(1), "a")),
        properties,
        new Samples.Replaced("abc"),
        new Arguments("a", Collections.unmodifiableList(dates)));
  }

  @ParameterizedTest
  @MethodSource("extraordinary")
  void fallsBackToSerialization(Object value) throws Exception {
    Object copy = copier.copy(value);
    assertThat(copy).isNotSameAs(value);
    assertDeepCopy(bySerialization(value), copy);
  }

  @Test
  void changesOfTheCopyLeaveTheOriginal() {
    Bean bean = Bean.of(5);
    Map<String, List<Bean>> value = new HashMap<>(Map.of("k", new ArrayList<>(List.of(bean))));
    @SuppressWarnings("unchecked")
    Map<String, List<Bean>> copy = (Map<String, List<Bean>>) copier.copy((Object) value);
    List<Bean> list = Objects.requireNonNull(copy.get("k"));
    Bean copied = list.get(0);
    copied.id = 99;
    copied.name = "changed";
    Objects.requireNonNull(copied.created).setTime(99);
    Address address = Objects.requireNonNull(copied.address);
    address.street = "changed";
    Objects.requireNonNull(address.since).setTime(99);
    list.add(Bean.of(6));
    copy.put("other", List.of());

    assertThat(value).containsOnlyKeys("k");
    assertThat(value.get("k")).containsExactly(bean);
    assertThat(bean).usingRecursiveComparison().isEqualTo(Bean.of(5));
  }

  @Test
  void leavesTransientFieldsEmptyAndRunsTheConstructorOfAClassThatIsNotSerializable() {
    Leaf leaf = new Leaf();
    leaf.cached = 7;
    leaf.secret = 8;
    leaf.middleSecret(9);
    leaf.origin = "changed";
    leaf.dates.add(new Date(1));
    Leaf copy = (Leaf) copier.copy(leaf);
    assertThat(copy.cached).isZero();
    assertThat(copy.secret).isEqualTo(8);
    assertThat(copy.middleSecret()).isEqualTo(9);
    assertThat(copy.origin).isEqualTo("constructor");
    assertThat(copy.dates).containsExactly(new Date(1)).isNotSameAs(leaf.dates);
  }

  @Test
  void keepsSharedReferencesAndCycles() {
    Date shared = new Date(1);
    Node node = new Node(1);
    node.next = new Node(2);
    node.next.next = node;
    node.any = shared;
    node.next.any = shared;
    node.list.add(node.list);
    node.map.put("self", node.map);
    node.array = new Object[] {shared, node, null};
    node.array[2] = node.array;
    Node copy = (Node) copier.copy(node);
    assertDeepCopy(node, copy);
    assertThat(Objects.requireNonNull(copy.next).next).isSameAs(copy);
    assertThat(copy.next.any).isSameAs(copy.any).isNotSameAs(shared);
    assertThat(copy.list.get(0)).isSameAs(copy.list);
  }

  @Test
  void findsElementsWhoseHashAsksTheirOwner() {
    Parent parent = new Parent(new Date(1));
    for (int i = 0; i < 20; i++) {
      parent.children.add(new Child(parent, "child " + i));
    }
    Parent copy = (Parent) copier.copy(parent);
    assertDeepCopy(List.of(parent.key), List.of(copy.key));
    assertThat(copy.children).hasSize(20);
    for (Child child : parent.children) {
      assertThat(copy.children.contains(child)).isTrue();
    }
    for (Child child : copy.children) {
      assertThat(child.parent).isSameAs(copy);
    }
  }

  @Test
  void leavesACycleThroughARecordToSerialization() {
    Node node = new Node(1);
    node.any = new Holder(node);
    Node copy = (Node) copier.copy(node);
    assertThat(((Holder) Objects.requireNonNull(copy.any)).held()).isSameAs(copy);

    Holder holder = new Holder(new Node(2));
    ((Node) Objects.requireNonNull(holder.held())).any = holder;
    Holder copied = (Holder) copier.copy(holder);
    assertThat(((Node) Objects.requireNonNull(copied.held())).any).isNotSameAs(holder);
  }

  @Test
  void keepsLoadFactorsAndOrderOfAccess() {
    LinkedHashMap<Object, Object> byAccess = new LinkedHashMap<>(16, 0.75f, true);
    byAccess.put(new Date(1), new Date(11));
    byAccess.put(new Date(2), new Date(12));
    LinkedHashMap<?, ?> copy = (LinkedHashMap<?, ?>) copier.copy((Object) byAccess);
    assertThat(copy.get(new Date(1))).isEqualTo(new Date(11));
    assertThat(new ArrayList<Object>(copy.keySet())).containsExactly(new Date(2), new Date(1));
  }

  @Test
  void neverComparesMutableKeys() {
    List<Ranked> keys = List.of(new Ranked(1), new Ranked(2), new Ranked(3));
    Map<Ranked, String> map = Map.of(keys.get(0), "a", keys.get(1), "b", keys.get(2), "c");
    assertThat((TreeMap<?, ?>) copier.copy(new TreeMap<>(map))).hasSize(3);
    assertThat((ConcurrentSkipListMap<?, ?>) copier.copy(new ConcurrentSkipListMap<>(map)))
        .hasSize(3);
    assertThat((TreeSet<?>) copier.copy(new TreeSet<>(keys))).hasSize(3);
    assertThat((PriorityQueue<?>) copier.copy(new PriorityQueue<>(keys))).hasSize(3);
  }

  @Test
  void obeysTheSerializationMethodsOfClasses() {
    Samples.CustomRead custom = (Samples.CustomRead) copier.copy(new Samples.CustomRead());
    assertThat(custom.derived).isEqualTo("read 1");
    assertThat(copier.copy(Samples.Singleton.INSTANCE)).isSameAs(Samples.Singleton.INSTANCE);
    assertThat(((Samples.Proxied) copier.copy(new Samples.Proxied("a"))).text.toString())
        .isEqualTo("a!");
    External external = new External();
    external.numbers = new int[] {7, 8};
    assertThat(((External) copier.copy(external)).numbers).containsExactly(0, 0);
    assertThat(copier.copy(new Samples.Replaced("abc"))).isEqualTo(new Date(3));
  }

  @Test
  void keepsReferencesAcrossPartsThatOnlySerializationCopies() {
    Date shared = new Date(1);
    Object[] value = {shared, new Samples.CustomRead(), List.of(shared)};
    ((Samples.CustomRead) value[1]).date = shared;
    Object[] copy = (Object[]) copier.copy((Object) value);
    assertThat(copy[0]).isNotSameAs(shared);
    assertThat(((Samples.CustomRead) copy[1]).date).isSameAs(copy[0]);
    assertThat(((List<?>) copy[2]).get(0)).isSameAs(copy[0]);
  }

  @Test
  void copiesLambdasAndProxiesBySerialization() {
    Bean bean = Bean.of(1);
    Supplier<Object> lambda = (Supplier<Object> & Serializable) () -> bean;
    Supplier<?> copy = (Supplier<?>) copier.copy(lambda);
    assertDeepCopy(bean, copy.get());

    TreeMap<String, Date> map =
        new TreeMap<>((Comparator<String> & Serializable) (a, b) -> b.compareTo(a));
    map.put("a", new Date(1));
    map.put("b", new Date(2));
    assertThat(((TreeMap<?, ?>) copier.copy((Object) map)).firstKey()).isEqualTo("b");

    Comparable<?> proxy =
        (Comparable<?>)
            java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Comparable.class}, new Answer());
    Object other = copier.copy(proxy);
    assertThat(other).isNotSameAs(proxy);
    assertThat(other.toString()).isEqualTo("proxy of [1]");
  }

  private static final class Answer implements java.lang.reflect.InvocationHandler, Serializable {
    private static final long serialVersionUID = 1L;
    private final int[] state = {1};

    @Override
    public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments) {
      return "proxy of " + Arrays.toString(state);
    }
  }

  @Test
  void namesTheClassThatCannotBeCopied() {
    for (Object value :
        List.of(
            new Samples.NotSerializable(),
            new Samples.HoldsNotSerializable(),
            new ArrayList<>(List.of(new Samples.NotSerializable())),
            new Holder(new Samples.NotSerializable()))) {
      assertThatThrownBy(() -> copier.copy(value))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining(Samples.NotSerializable.class.getName())
          .hasMessageContaining("java.io.Serializable")
          .hasMessageContaining("setStoreByValue(false)");
    }
  }

  @Test
  void copiesDeepNestingAndRefusesWhatOverflowsTheStack() {
    assertDeepCopy(chain(100), copier.copy(chain(100)));
    assertThatThrownBy(() -> copier.copy(chain(1_000_000)))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("nested too deeply");
  }

  private static Node chain(int length) {
    Node node = new Node(0);
    for (int i = 1; i < length; i++) {
      Node next = new Node(i);
      next.next = node;
      node = next;
    }
    return node;
  }

  @Test
  void aFailureInTheMiddleLeavesNothingBehind() {
    Object[] bad = {new Date(1), new Samples.NotSerializable()};
    assertThatThrownBy(() -> copier.copy((Object) bad)).isInstanceOf(CacheException.class);
    assertDeepCopy(Bean.of(1), copier.copy(Bean.of(1)));
  }

  @Test
  void serializationFindsClassesInTheGivenLoader() {
    Copier<Object> blind = new Copier<>(ClassLoader.getPlatformClassLoader());
    assertThatThrownBy(() -> blind.copy(new Samples.CustomRead()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(Samples.CustomRead.class.getName());
  }

  @Test
  void manyThreadsCopyAtOnce() throws Exception {
    Object value = List.of(Bean.of(1), new Leaf(), new Holder(Bean.of(2)), chain(20));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Collection<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
            threads.submit(
                () -> {
                  for (int n = 0; n < 200; n++) {
                    assertDeepCopy(value, copier.copy(value));
                  }
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void identityMapsKeepTheirSize() {
    IdentityHashMap<Object, Object> map = new IdentityHashMap<>();
    map.put(new Date(1), new Date(2));
    map.put(new Date(1), new BigDecimal("1"));
    assertThat((IdentityHashMap<?, ?>) copier.copy((Object) map)).hasSize(2);
  }

  @Property(tries = 300)
  void copiesAnyGraph(@ForAll("graphs") Node graph) throws Exception {
    Object copy = copier.copy(graph);
    assertDeepCopy(graph, copy);
    assertDeepCopy(bySerialization(graph), copy);
  }

  /** Nodes that refer to one another, to dates and to collections at random. */
  @Provide
  Arbitrary<Node> graphs() {
    return Arbitraries.randomValue(
        random -> {
          List<@Nullable Object> parts = new ArrayList<>(Arrays.asList("text", 7, null));
          List<Node> nodes = new ArrayList<>();
          for (int i = 0; i < 1 + random.nextInt(12); i++) {
            Node node = new Node(i);
            nodes.add(node);
            parts.addAll(Arrays.asList(node, node.list, node.map, new Date(i), new int[] {i}));
          }
          for (Node node : nodes) {
            node.next = nodes.get(random.nextInt(nodes.size()));
            node.any = parts.get(random.nextInt(parts.size()));
            node.array = new Object[random.nextInt(3)];
            for (int i = 0; i < node.array.length; i++) {
              node.array[i] = parts.get(random.nextInt(parts.size()));
              node.list.add(parts.get(random.nextInt(parts.size())));
              node.map.put("key " + i, parts.get(random.nextInt(parts.size())));
            }
          }
          return nodes.get(0);
        });
  }
}
