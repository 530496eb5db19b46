package io.terrace.codec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Plans of the mutable classes of the JDK, by exact class and through public methods only. What
 * these do not show (the collection behind a wrapper, the capacity of a queue) has no plan; neither
 * have sorted collections of mutable keys, which deserialization fills without comparing them.
 *
 * <p>A shallow clone comes first, since it keeps what no method shows (load factor, order of
 * access) and lets a {@code hashCode} in the middle of a cycle see the original's elements, not
 * nothing.
 */
// What is in a collection does not matter here; and people still cache dates.
@SuppressWarnings({"unchecked", "rawtypes", "JavaUtilDate"})
final class JdkPlans {
  private static final String IMMUTABLE = "java.util.ImmutableCollections$";

  private JdkPlans() {}

  /** By name, so that a class or a lambda here is only loaded once it is used. */
  static CopyPlan of(Class<?> type) {
    return switch (type.getName()) {
      case "java.util.Date", "java.sql.Date", "java.sql.Time", "java.sql.Timestamp" ->
          leaf(value -> ((Date) value).clone());
      case "java.util.GregorianCalendar" -> leaf(value -> ((Calendar) value).clone());
      case "java.util.SimpleTimeZone", "sun.util.calendar.ZoneInfo" ->
          leaf(value -> ((TimeZone) value).clone());
      case "java.util.RegularEnumSet", "java.util.JumboEnumSet" ->
          leaf(value -> ((EnumSet) value).clone());
      case "java.util.BitSet" -> leaf(value -> ((BitSet) value).clone());
      default -> ofCollection(type.getName());
    };
  }

  private static CopyPlan ofCollection(String type) {
    return switch (type) {
      case "java.util.ArrayList" -> list(list -> (List) ((ArrayList) list).clone());
      case "java.util.LinkedList" -> list(list -> (List) ((LinkedList) list).clone());
      case "java.util.HashSet", "java.util.LinkedHashSet" ->
          collection(set -> (Set) ((HashSet) set).clone());
      case "java.util.ArrayDeque" -> collection(deque -> ((ArrayDeque) deque).clone());
      case "java.util.PriorityQueue" -> JdkPlans::copyPriorityQueue;
      case "java.util.TreeSet" -> sortedSet(set -> (SortedSet) ((TreeSet) set).clone());
      case "java.util.HashMap", "java.util.LinkedHashMap" ->
          map(map -> (Map) ((HashMap) map).clone());
      case "java.util.EnumMap" -> map(map -> ((EnumMap) map).clone());
      case "java.util.TreeMap" -> sortedMap(map(map -> (Map) ((TreeMap) map).clone()));
      default -> type.startsWith(IMMUTABLE) ? ofImmutable(type) : ofConcurrent(type);
    };
  }

  private static CopyPlan ofConcurrent(String type) {
    return switch (type) {
      case "java.util.concurrent.ConcurrentHashMap" -> map(ConcurrentHashMap::new);
      case "java.util.concurrent.ConcurrentSkipListMap" ->
          sortedMap(map(map -> ((ConcurrentSkipListMap) map).clone()));
      case "java.util.concurrent.ConcurrentSkipListSet" ->
          sortedSet(set -> ((ConcurrentSkipListSet) set).clone());
      case "java.util.concurrent.ConcurrentLinkedQueue" -> collection(ConcurrentLinkedQueue::new);
      case "java.util.concurrent.ConcurrentLinkedDeque" -> collection(ConcurrentLinkedDeque::new);
      case "java.util.concurrent.CopyOnWriteArrayList" -> collection(CopyOnWriteArrayList::new);
      case "java.util.concurrent.CopyOnWriteArraySet" -> collection(CopyOnWriteArraySet::new);
      case "java.util.concurrent.atomic.AtomicInteger" ->
          leaf(value -> new AtomicInteger(((AtomicInteger) value).get()));
      case "java.util.concurrent.atomic.AtomicLong" ->
          leaf(value -> new AtomicLong(((AtomicLong) value).get()));
      case "java.util.concurrent.atomic.AtomicBoolean" ->
          leaf(value -> new AtomicBoolean(((AtomicBoolean) value).get()));
      case "java.util.concurrent.atomic.AtomicReference" -> JdkPlans::copyReference;
      default -> CopyPlans.NONE;
    };
  }

  /** They come here only if they hold something mutable. Sets of that are left to serialization. */
  private static CopyPlan ofImmutable(String type) {
    return switch (type.substring(IMMUTABLE.length())) {
      case "List12" -> immutableList(List::of);
      case "ListN" -> immutableList(elements -> Arrays.stream(elements).toList());
      case "Map1", "MapN" -> JdkPlans::copyImmutableMap;
      default -> CopyPlans.NONE;
    };
  }

  /** For what refers to nothing mutable that its clone would share. */
  private static CopyPlan leaf(UnaryOperator<Object> clone) {
    return (original, graph) -> graph.register(original, clone.apply(original));
  }

  private static CopyPlan list(UnaryOperator<List> clone) {
    return (original, graph) -> {
      List to = graph.register(original, clone.apply((List) original));
      ListIterator elements = to.listIterator();
      while (elements.hasNext()) {
        Object from = elements.next();
        Object copy = graph.copy(from);
        if (copy != from) {
          elements.set(copy);
        }
      }
      return to;
    };
  }

  private static CopyPlan collection(UnaryOperator<Collection> clone) {
    return (original, graph) -> {
      Collection to = graph.register(original, clone.apply((Collection) original));
      if (!areShareable(to)) {
        List elements = new ArrayList(to.size());
        for (Object element : to) {
          elements.add(graph.copy(element));
        }
        to.clear();
        to.addAll(elements);
      }
      return to;
    };
  }

  private static CopyPlan map(UnaryOperator<Map> clone) {
    return (original, graph) -> {
      Map to = graph.register(original, clone.apply((Map) original));
      if (areShareable(to.keySet())) {
        replaceValues(to, graph);
      } else {
        List<Object> parts = new ArrayList<>(2 * to.size());
        for (Map.Entry entry : (Iterable<Map.Entry>) to.entrySet()) {
          parts.add(graph.copy(entry.getKey()));
          parts.add(graph.copy(entry.getValue()));
        }
        to.clear();
        for (int i = 0; i < parts.size(); i += 2) {
          to.put(parts.get(i), parts.get(i + 1));
        }
      }
      return to;
    };
  }

  private static void replaceValues(Map to, GraphCopy graph) {
    for (Map.Entry entry : (Iterable<Map.Entry>) to.entrySet()) {
      Object from = entry.getValue();
      Object copy = graph.copy(from);
      if (copy == from) {
        continue;
      }
      if (to instanceof ConcurrentSkipListMap) { // its entries are snapshots
        to.put(entry.getKey(), copy);
      } else {
        entry.setValue(copy);
      }
    }
  }

  private static CopyPlan sortedSet(UnaryOperator<SortedSet> clone) {
    return (original, graph) -> {
      SortedSet from = (SortedSet) original;
      requireShareable(from.comparator());
      SortedSet to = clone.apply(from);
      requireAllShareable(to);
      return graph.register(original, to);
    };
  }

  private static CopyPlan sortedMap(CopyPlan unsorted) {
    return (original, graph) -> {
      SortedMap from = (SortedMap) original;
      requireShareable(from.comparator());
      requireAllShareable(from.keySet());
      return unsorted.copy(original, graph);
    };
  }

  private static Object copyPriorityQueue(Object original, GraphCopy graph) {
    PriorityQueue from = (PriorityQueue) original;
    requireShareable(from.comparator());
    PriorityQueue to = new PriorityQueue(from);
    requireAllShareable(to);
    return graph.register(original, to);
  }

  private static Object copyReference(Object original, GraphCopy graph) {
    AtomicReference to = graph.register(original, new AtomicReference<>());
    to.set(graph.copy(((AtomicReference) original).get()));
    return to;
  }

  private static CopyPlan immutableList(Function<Object[], List> of) {
    return (original, graph) -> {
      graph.begin(original);
      Object[] elements = ((List) original).toArray();
      for (int i = 0; i < elements.length; i++) {
        elements[i] = graph.copy(elements[i]);
      }
      return graph.finish(original, of.apply(elements));
    };
  }

  private static Object copyImmutableMap(Object original, GraphCopy graph) {
    Map<?, ?> from = (Map<?, ?>) original;
    requireAllShareable(from.keySet());
    graph.begin(original);
    Map.Entry<?, ?>[] entries = new Map.Entry<?, ?>[from.size()];
    int i = 0;
    for (Map.Entry<?, ?> entry : from.entrySet()) {
      entries[i++] = Map.entry(entry.getKey(), graph.copy(entry.getValue()));
    }
    return graph.finish(original, Map.ofEntries(entries));
  }

  private static boolean areShareable(Iterable<?> parts) {
    for (Object part : parts) {
      if (part != null && !Immutability.isShareable(part)) {
        return false;
      }
    }
    return true;
  }

  private static void requireAllShareable(Iterable<?> parts) {
    if (!areShareable(parts)) {
      throw new GraphCopy.NotCopyable();
    }
  }

  private static void requireShareable(@Nullable Object part) {
    if (part != null && !Immutability.isShareable(part)) {
      throw new GraphCopy.NotCopyable();
    }
  }
}
