package io.terrace.tier.heap;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how many bytes of heap an object and all it refers to take. Byte arrays, strings and
 * the other plain arrays are exact but for rounding; collections and other objects are walked, with
 * samples where they are long and an end where they are deep. One use, one thread.
 *
 * <p>Collections of the JDK are iterated; everything else is read field by field, so that no code
 * of a user's class runs. What a module does not open to reflection counts as a small object.
 */
final class ObjectSize {
  private static final int HEADER_BYTES = 16;
  private static final int REFERENCE_BYTES = 4;
  private static final int STRING_BYTES = 24;
  private static final int COLLECTION_BYTES = 48;
  private static final int NODE_BYTES = 32;

  /** Of an object that cannot be looked into, and of each one after the walk has ended. */
  private static final int SMALL_OBJECT_BYTES = 32;

  private static final int SAMPLE = 64;
  private static final int MAX_OBJECTS = 2_000;
  private static final int MAX_DEPTH = 64;

  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return Shape.of(type);
        }
      };

  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private ObjectSize() {}

  /** An estimate in bytes. */
  static long estimateBytes(@Nullable Object object) {
    long bytes = leafBytes(object);
    return bytes >= 0 ? bytes : new ObjectSize().walk(object, 0);
  }

  /** The size of an object that refers to no other, or -1. */
  private static long leafBytes(@Nullable Object object) {
    if (object == null || object instanceof Enum || object instanceof Boolean) {
      return 0;
    }
    if (object instanceof byte[] bytes) {
      return HEADER_BYTES + (long) bytes.length;
    }
    if (object instanceof String text) {
      return STRING_BYTES + HEADER_BYTES + (long) text.length() * bytesPerChar(text);
    }
    if (object instanceof BigInteger number) {
      return 2L * NODE_BYTES + number.bitLength() / Byte.SIZE;
    }
    if (object instanceof BigDecimal number) {
      return 3L * NODE_BYTES + number.precision() / 2;
    }
    if (object instanceof ByteBuffer buffer) {
      return COLLECTION_BYTES + (long) buffer.capacity();
    }
    Class<?> type = object.getClass();
    if (type.isArray()) {
      Class<?> component = type.getComponentType();
      return component.isPrimitive()
          ? HEADER_BYTES + (long) Array.getLength(object) * primitiveBytes(component)
          : -1;
    }
    boolean walked = object instanceof Collection || object instanceof Map;
    return isOfTheJdk(type) && !walked ? SMALL_OBJECT_BYTES : -1;
  }

  /** A string of one-byte characters is stored so; a sample tells. */
  private static int bytesPerChar(String text) {
    int length = text.length();
    int step = Math.max(1, length / SAMPLE);
    for (int i = 0; i < length; i += step) {
      if (text.charAt(i) > 0xFF) {
        return Character.BYTES;
      }
    }
    return 1;
  }

  private long walk(@Nullable Object object, int depth) {
    long leaf = leafBytes(object);
    if (leaf >= 0 || object == null) {
      return leaf;
    }
    if (depth > MAX_DEPTH || seen.size() >= MAX_OBJECTS) {
      return SMALL_OBJECT_BYTES;
    }
    if (!seen.add(object)) {
      return 0;
    }
    if (object instanceof Object[] array) {
      return HEADER_BYTES + walkAll(Arrays.asList(array), array.length, REFERENCE_BYTES, depth);
    }
    if (object instanceof Map<?, ?> map && isOfTheJdk(map.getClass())) {
      return COLLECTION_BYTES
          + walkAll(map.keySet(), map.size(), NODE_BYTES, depth)
          + walkAll(map.values(), map.size(), 0, depth);
    }
    if (object instanceof Collection<?> all && isOfTheJdk(all.getClass())) {
      return COLLECTION_BYTES + walkAll(all, all.size(), NODE_BYTES, depth);
    }
    Shape shape = SHAPES.get(object.getClass());
    long bytes = shape.shallowBytes();
    for (Field field : shape.references()) {
      bytes += walk(read(field, object), depth + 1);
    }
    return bytes;
  }

  /** A sample of the elements, scaled up to all of them. */
  private long walkAll(Collection<?> elements, int size, int bytesEach, int depth) {
    long sampleBytes = 0;
    int sampled = 0;
    try {
      for (Object element : elements) {
        if (sampled == SAMPLE) {
          break;
        }
        sampleBytes += bytesEach + walk(element, depth + 1);
        sampled++;
      }
    } catch (ConcurrentModificationException e) {
      return sampleBytes; // stored by reference and in use: what was seen has to do
    }
    return sampled == SAMPLE ? sampleBytes * size / SAMPLE : sampleBytes;
  }

  private static @Nullable Object read(Field field, Object object) {
    try {
      return field.get(object);
    } catch (IllegalAccessException e) {
      return null; // its shape left out what is not accessible
    }
  }

  private static boolean isOfTheJdk(Class<?> type) {
    return type.getClassLoader() == null;
  }

  private static int primitiveBytes(Class<?> primitive) {
    if (primitive == long.class || primitive == double.class) {
      return Long.BYTES;
    }
    if (primitive == int.class || primitive == float.class) {
      return Integer.BYTES;
    }
    return primitive == char.class || primitive == short.class ? Short.BYTES : Byte.BYTES;
  }

  /**
   * The fields of a class and its superclasses.
   *
   * @param shallowBytes the object alone, and a small object for each reference that cannot be read
   * @param references the fields to follow
   */
  private record Shape(long shallowBytes, List<Field> references) {
    static Shape of(Class<?> type) {
      long bytes = HEADER_BYTES;
      List<Field> references = new ArrayList<>();
      for (Class<?> level = type; level != null; level = level.getSuperclass()) {
        for (Field field : level.getDeclaredFields()) {
          if (Modifier.isStatic(field.getModifiers())) {
            continue;
          }
          if (field.getType().isPrimitive()) {
            bytes += primitiveBytes(field.getType());
          } else if (field.trySetAccessible()) {
            bytes += REFERENCE_BYTES;
            references.add(field);
          } else {
            bytes += REFERENCE_BYTES + SMALL_OBJECT_BYTES;
          }
        }
      }
      return new Shape(bytes, List.copyOf(references));
    }
  }
}
