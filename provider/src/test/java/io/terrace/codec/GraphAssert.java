package io.terrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Walks an object graph and its copy in step, by reflection and without the code under test but for
 * the question what is immutable. Each object must correspond to one object of the same class in
 * the copy (so shared references and cycles are kept), and no mutable one may be in both.
 */
final class GraphAssert {
  private final IdentityHashMap<Object, Object> copies = new IdentityHashMap<>();
  private final IdentityHashMap<Object, Object> originals = new IdentityHashMap<>();

  private GraphAssert() {}

  static void assertDeepCopy(Object original, Object copy) {
    new GraphAssert().walk(original, copy, original.getClass().getSimpleName());
  }

  private void walk(@Nullable Object original, @Nullable Object copy, String path) {
    if (original == null || copy == null) {
      assertThat(copy).as(path).isEqualTo(original);
      return;
    }
    assertThat(copy.getClass()).as(path).isEqualTo(original.getClass());
    if (Immutability.isShareable(original)) {
      assertThat(copy).as(path).isEqualTo(original);
      return;
    }
    assertThat(copy).as(path + " is shared").isNotSameAs(original);
    Object known = copies.put(original, copy);
    Object knownOriginal = originals.put(copy, original);
    if (known != null || knownOriginal != null) {
      assertThat(known).as(path + " is copied twice").isSameAs(copy);
      assertThat(knownOriginal).as(path + " is one copy of two").isSameAs(original);
      return;
    }
    walkParts(original, copy, path);
  }

  private void walkParts(Object original, Object copy, String path) {
    if (original.getClass().isArray()) {
      assertThat(Array.getLength(copy)).as(path).isEqualTo(Array.getLength(original));
      for (int i = 0; i < Array.getLength(original); i++) {
        walk(Array.get(original, i), Array.get(copy, i), path + "[" + i + "]");
      }
    } else if (original instanceof Map<?, ?> map && JdkClasses.contains(map.getClass())) {
      walkMap(map, (Map<?, ?>) copy, path);
    } else if (original instanceof Collection<?> c && JdkClasses.contains(c.getClass())) {
      walkAll(c, (Collection<?>) copy, path);
    } else if (original instanceof AtomicReference<?> reference) {
      walk(reference.get(), ((AtomicReference<?>) copy).get(), path + ".value");
    } else if (JdkClasses.contains(original.getClass())) {
      assertThat(copy.toString()).as(path).isEqualTo(original.toString());
    } else {
      walkFields(original, copy, path);
    }
  }

  private void walkAll(Collection<?> original, Collection<?> copy, String path) {
    assertThat(copy.size()).as(path + ".size").isEqualTo(original.size());
    Iterator<?> other = copy.iterator();
    int i = 0;
    for (Object element : original) {
      walk(element, other.next(), path + "(" + i++ + ")");
    }
  }

  /** Key by key where keys are shareable, else in order. */
  private void walkMap(Map<?, ?> original, Map<?, ?> copy, String path) {
    assertThat(copy.size()).as(path + ".size").isEqualTo(original.size());
    Map<Object, Object> byKey = new HashMap<>(copy); // asking a map may change its order
    Iterator<? extends Map.Entry<?, ?>> other = copy.entrySet().iterator();
    original.forEach(
        (key, value) -> {
          String entryPath = path + "(" + key + ")";
          Map.Entry<?, ?> entry = other.next();
          if (Immutability.isShareable(key)) {
            walk(value, byKey.get(key), entryPath);
          } else {
            walk(key, entry.getKey(), entryPath + ".key");
            walk(value, entry.getValue(), entryPath);
          }
        });
  }

  private void walkFields(Object original, Object copy, String path) {
    for (Class<?> type = original.getClass();
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
          walk(get(field, original), get(field, copy), path + "." + field.getName());
        }
      }
    }
  }

  private static @Nullable Object get(Field field, Object owner) {
    try {
      field.setAccessible(true);
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
