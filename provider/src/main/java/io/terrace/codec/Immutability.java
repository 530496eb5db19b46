package io.terrace.codec;

import java.io.Externalizable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves values deeply immutable. The verdict on a class is reached once and kept in a {@link
 * ClassValue}; for most classes it is final, for a few the instance must be looked into.
 *
 * <p>Verdicts are objects of the JDK (two strings, the fields of a record to look at, or {@code
 * Collection}, {@code Map}, {@code Map.Entry}, {@code Optional} for what it contains): a ClassValue
 * keeps them as long as the class lives, and one of our own would keep our class loader alive with
 * {@code java.lang.String}.
 *
 * <p>A class outside the JDK is immutable if all its instance fields are final, not transient, and
 * of types that are immutable whatever is assigned to them: primitive, on the list, an enum, or a
 * final class of which the same is true. A class with serialization methods of its own is not
 * considered, since its serialized form, which by-value promises, need not be its fields.
 */
final class Immutability {

  /** How deep instances are looked into; what is deeper counts as mutable. */
  private static final int MAX_DEPTH = 16;

  private static final Object MUTABLE = "mutable";
  private static final Object IMMUTABLE = "immutable";

  /** Final classes, or classes asked about by exact type, of the JDK. */
  private static final Set<String> LISTED =
      Set.of(
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Short",
          "java.lang.Byte",
          "java.lang.Character",
          "java.lang.Boolean",
          "java.lang.Float",
          "java.lang.Double",
          "java.lang.String",
          "java.lang.Class",
          "java.lang.String$CaseInsensitiveComparator",
          "java.math.BigDecimal",
          "java.math.BigInteger",
          "java.math.MathContext",
          "java.net.URI",
          "java.time.Duration",
          "java.time.Instant",
          "java.time.LocalDate",
          "java.time.LocalDateTime",
          "java.time.LocalTime",
          "java.time.MonthDay",
          "java.time.OffsetDateTime",
          "java.time.OffsetTime",
          "java.time.Period",
          "java.time.Year",
          "java.time.YearMonth",
          "java.time.ZoneOffset",
          "java.time.ZoneRegion",
          "java.time.ZonedDateTime",
          "java.util.Collections$EmptyList",
          "java.util.Collections$EmptyMap",
          "java.util.Collections$EmptySet",
          "java.util.Collections$ReverseComparator",
          "java.util.Currency",
          "java.util.Locale",
          "java.util.OptionalDouble",
          "java.util.OptionalInt",
          "java.util.OptionalLong",
          "java.util.UUID");

  private static final ClassValue<Object> VERDICTS =
      new ClassValue<>() {
        @Override
        protected Object computeValue(Class<?> type) {
          return judge(type);
        }
      };

  private Immutability() {}

  /** Whether the value and all it refers to can never change. */
  static boolean isShareable(Object value) {
    Object verdict = VERDICTS.get(value.getClass());
    return verdict == IMMUTABLE || (verdict != MUTABLE && isShareable(value, verdict, 1));
  }

  /** Whether all objects of exactly this class are. */
  static boolean isImmutable(Class<?> type) {
    return VERDICTS.get(type) == IMMUTABLE;
  }

  /** Whether whatever a variable of this type can hold is. */
  static boolean isImmutableVariable(Class<?> type) {
    return type.isPrimitive() || (isClosed(type) && isImmutable(type));
  }

  private static boolean isClosed(Class<?> type) {
    return Modifier.isFinal(type.getModifiers()) || type.isEnum();
  }

  private static boolean isShareable(Object value, Object verdict, int depth) {
    if (verdict instanceof Field[] fields) {
      return areShareable(fields, value, depth);
    } else if (verdict == Collection.class) {
      for (Object element : (Collection<?>) value) {
        if (!isPartShareable(element, depth)) {
          return false;
        }
      }
      return true;
    } else if (verdict == Map.class) {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        if (!isPartShareable(entry.getKey(), depth) || !isPartShareable(entry.getValue(), depth)) {
          return false;
        }
      }
      return true;
    } else if (verdict == Map.Entry.class) {
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) value;
      return isPartShareable(entry.getKey(), depth) && isPartShareable(entry.getValue(), depth);
    }
    Optional<?> optional = (Optional<?>) value;
    return optional.isEmpty() || isPartShareable(optional.get(), depth);
  }

  private static boolean areShareable(Field[] fields, Object value, int depth) {
    try {
      for (Field field : fields) {
        if (!isPartShareable(field.get(value), depth)) {
          return false;
        }
      }
      return true;
    } catch (IllegalAccessException e) {
      return false;
    }
  }

  private static boolean isPartShareable(@Nullable Object part, int depth) {
    if (part == null) {
      return true;
    }
    Object verdict = VERDICTS.get(part.getClass());
    return verdict == IMMUTABLE
        || (verdict != MUTABLE && depth < MAX_DEPTH && isShareable(part, verdict, depth + 1));
  }

  private static Object judge(Class<?> type) {
    if (LISTED.contains(type.getName()) || Enum.class.isAssignableFrom(type)) {
      return IMMUTABLE;
    }
    if (JdkClasses.contains(type)) {
      return judgeContainer(type);
    }
    if (type.isRecord()) {
      return judgeRecord(type);
    }
    return isProven(type) ? IMMUTABLE : MUTABLE;
  }

  /** Collections that nobody can change: what they hold decides. */
  private static Object judgeContainer(Class<?> type) {
    String name = type.getName();
    if (name.startsWith("java.util.ImmutableCollections$")) {
      return Map.class.isAssignableFrom(type) ? Map.class : Collection.class;
    }
    if (name.equals("java.util.KeyValueHolder")
        || name.equals("java.util.AbstractMap$SimpleImmutableEntry")) {
      return Map.Entry.class;
    }
    return type == Optional.class ? Optional.class : MUTABLE;
  }

  private static Object judgeRecord(Class<?> type) {
    if (hasOwnForm(type)) {
      return MUTABLE;
    }
    List<Field> open = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !isProvenVariable(field.getType())) {
        if (field.getType().isArray()) {
          return MUTABLE;
        }
        open.add(field);
      }
    }
    if (open.isEmpty()) {
      return IMMUTABLE;
    }
    try {
      for (Field field : open) {
        field.setAccessible(true);
      }
    } catch (RuntimeException e) { // the record's package is not open to us
      return MUTABLE;
    }
    return open.toArray(new Field[0]);
  }

  private static boolean isProvenVariable(Class<?> type) {
    return type.isPrimitive() || (isClosed(type) && isProven(type));
  }

  /**
   * Walks all types that can be reached through fields from this class. It starts no other verdict:
   * classes that refer to one another are immutable together or not at all.
   */
  private static boolean isProven(Class<?> root) {
    Set<Class<?>> seen = new HashSet<>();
    ArrayDeque<Class<?>> todo = new ArrayDeque<>();
    seen.add(root);
    todo.add(root);
    while (!todo.isEmpty()) {
      Class<?> type = todo.remove();
      if (LISTED.contains(type.getName()) || Enum.class.isAssignableFrom(type)) {
        continue;
      }
      if (JdkClasses.contains(type) || type.isArray() || hasOwnForm(type)) {
        return false;
      }
      for (Class<?> part = type;
          part != null && part != Object.class;
          part = part.getSuperclass()) {
        if (!addFieldTypes(part, seen, todo)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean addFieldTypes(
      Class<?> type, Set<Class<?>> seen, ArrayDeque<Class<?>> todo) {
    for (Field field : type.getDeclaredFields()) {
      int modifiers = field.getModifiers();
      if (Modifier.isStatic(modifiers)) {
        continue;
      }
      Class<?> fieldType = field.getType();
      if (!Modifier.isFinal(modifiers) || Modifier.isTransient(modifiers)) {
        return false;
      }
      if (!fieldType.isPrimitive()) {
        if (!isClosed(fieldType)) {
          return false;
        }
        if (seen.add(fieldType)) {
          todo.add(fieldType);
        }
      }
    }
    return true;
  }

  /** Whether serialization of the class is anything but its fields. */
  static boolean hasOwnForm(Class<?> type) {
    if (Externalizable.class.isAssignableFrom(type)
        || Proxy.isProxyClass(type)
        || type.isHidden()) {
      return true;
    }
    for (Class<?> part = type; part != null && part != Object.class; part = part.getSuperclass()) {
      if (declaresForm(part)) {
        return true;
      }
    }
    return false;
  }

  private static boolean declaresForm(Class<?> type) {
    for (Method method : type.getDeclaredMethods()) {
      String name = method.getName();
      int parameters = method.getParameterCount();
      if (parameters == 0
          && (name.equals("writeReplace")
              || name.equals("readResolve")
              || name.equals("readObjectNoData"))) {
        return true;
      }
      if (parameters == 1 && (name.equals("writeObject") || name.equals("readObject"))) {
        return true;
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (field.getName().equals("serialPersistentFields")) {
        return true;
      }
    }
    return false;
  }
}
