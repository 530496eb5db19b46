package io.terrace.codec;

import io.terrace.RefusedClassException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * Which classes may be made from untrusted bytes, by name, so that nothing else is even loaded.
 * Immutable and thread safe; a check costs one hash lookup for most classes.
 *
 * <p>A listed class brings its nested classes and the arrays of both. Wherever something is read
 * through this list it is written through it too: what could not come back is refused at the door.
 */
public final class AllowList {

  /** The setting that lengthens the list. */
  static final String SETTING = "terrace.serialization.allow";

  /**
   * Values and collections of the JDK that run nothing but {@code equals}, {@code hashCode} and
   * {@code compareTo} of what they hold. Not among them, on purpose: URL and InetAddress (they ask
   * the network), lambdas, proxies, reflection.
   */
  private static final String JDK_UTIL =
      " AbstractCollection AbstractList AbstractMap AbstractQueue AbstractSequentialList"
          + " AbstractSet ArrayDeque ArrayList Arrays BitSet Calendar CollSer Collections"
          + " Comparators Currency Date Dictionary EnumMap EnumSet GregorianCalendar HashMap"
          + " HashSet Hashtable IdentityHashMap JumboEnumSet LinkedHashMap LinkedHashSet"
          + " LinkedList Locale Map OptionalInt PriorityQueue Properties RegularEnumSet"
          + " SimpleTimeZone Stack TimeZone TreeMap TreeSet UUID Vector";

  private static final String JDK_CONCURRENT =
      " ArrayBlockingQueue ConcurrentHashMap ConcurrentLinkedDeque ConcurrentLinkedQueue"
          + " ConcurrentSkipListMap ConcurrentSkipListSet CopyOnWriteArrayList"
          + " CopyOnWriteArraySet LinkedBlockingDeque LinkedBlockingQueue PriorityBlockingQueue"
          + " TimeUnit atomic.AtomicBoolean atomic.AtomicInteger atomic.AtomicLong"
          + " atomic.AtomicReference locks.AbstractOwnableSynchronizer"
          + " locks.AbstractQueuedSynchronizer locks.ReentrantLock";

  private final Set<String> classes = new HashSet<>();
  private final List<String> packages = new ArrayList<>();
  private final List<String> trees = new ArrayList<>();

  private AllowList() {}

  /**
   * The built-in list, the configured types with the packages they are in, and the patterns of the
   * setting {@code terrace.serialization.allow}: {@code com.acme.Order} is a class, {@code
   * com.acme.*} a package, {@code com.acme.**} a package and all below it.
   *
   * @param types the configured types of keys and values; of types of the JDK only the type itself
   * @throws IllegalArgumentException if a pattern is none of these
   */
  public static AllowList of(Collection<String> patterns, Class<?>... types) {
    AllowList list = new AllowList();
    list.addAll("java.util.", JDK_UTIL);
    list.addAll("java.util.concurrent.", JDK_CONCURRENT);
    list.addAll("java.sql.", " Date Time Timestamp");
    list.classes.add("java.net.URI");
    list.classes.add("sun.util.calendar.ZoneInfo");
    list.packages.add("java.lang.");
    list.packages.add("java.math.");
    list.trees.add("java.time.");
    for (Class<?> type : types) {
      list.add(type);
    }
    for (String pattern : patterns) {
      list.add(pattern);
    }
    return list;
  }

  private void addAll(String prefix, String names) {
    StringTokenizer each = new StringTokenizer(names);
    while (each.hasMoreTokens()) {
      classes.add(prefix + each.nextToken());
    }
  }

  private void add(Class<?> type) {
    if (type.isArray()) {
      add(type.getComponentType());
    } else if (!type.isPrimitive()) {
      classes.add(type.getName());
      if (!JdkClasses.contains(type) && !type.getPackageName().isEmpty()) {
        packages.add(type.getPackageName() + '.');
      }
    }
  }

  private void add(String pattern) {
    if (pattern.endsWith(".**")) {
      trees.add(checked(pattern, 3) + '.');
    } else if (pattern.endsWith(".*")) {
      packages.add(checked(pattern, 2) + '.');
    } else {
      classes.add(checked(pattern, 0));
    }
  }

  private static String checked(String pattern, int suffixLength) {
    String name = pattern.substring(0, pattern.length() - suffixLength);
    boolean atStart = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.' ? atStart : !Character.isJavaIdentifierPart(c)) {
        atStart = true;
        break;
      }
      atStart = c == '.';
    }
    if (atStart) {
      throw new IllegalArgumentException(
          "'"
              + pattern
              + "' in "
              + SETTING
              + " is not like com.acme.Order, com.acme.* or com.acme.**");
    }
    return name;
  }

  /** Whether the class of this binary name ({@code [Lcom.acme.Order;} for arrays) is listed. */
  public boolean allows(String className) {
    int dimensions = 0;
    while (dimensions < className.length() && className.charAt(dimensions) == '[') {
      dimensions++;
    }
    if (dimensions == 0) {
      return allowsElement(className);
    }
    if (className.endsWith(";")) {
      return allowsElement(className.substring(dimensions + 1, className.length() - 1));
    }
    return true;
  }

  private boolean allowsElement(String name) {
    if (classes.contains(name)) {
      return true;
    }
    for (int nested = name.indexOf('$'); nested > 0; nested = name.indexOf('$', nested + 1)) {
      if (classes.contains(name.substring(0, nested))) {
        return true;
      }
    }
    int packageEnd = name.lastIndexOf('.') + 1;
    for (String inPackage : packages) {
      if (packageEnd == inPackage.length() && name.startsWith(inPackage)) {
        return true;
      }
    }
    for (String below : trees) {
      if (name.startsWith(below)) {
        return true;
      }
    }
    return false;
  }

  /** Refuses a class that is not listed, with a message that says how to list it. */
  void check(String className) throws RefusedClassException {
    if (!allows(className)) {
      throw new RefusedClassException(className, SETTING);
    }
  }
}
