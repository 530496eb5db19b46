package io.terrace.codec;

import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies an object field by field, as default serialization does: made without its constructor but
 * with the one of its first class that is not serializable, transient fields left empty. All fields
 * are taken over before the mutable ones are replaced by copies, so that a {@code hashCode} called
 * in the middle of a cycle sees equal values.
 */
final class FieldsPlan implements CopyPlan {
  private final Constructor<?> constructor;
  private final Field[] fields;
  private final Field[] references;

  private FieldsPlan(Constructor<?> constructor, Field[] fields, Field[] references) {
    this.constructor = constructor;
    this.fields = fields;
    this.references = references;
  }

  /**
   * @throws java.lang.reflect.InaccessibleObjectException if a field's package is not open to us
   */
  static CopyPlan of(Class<?> type) {
    Constructor<?> constructor = SerializationConstructor.of(type);
    if (constructor == null) {
      return CopyPlans.NONE;
    }
    List<Field> fields = new ArrayList<>();
    List<Field> references = new ArrayList<>();
    Class<?> part = type;
    while (part != null && Serializable.class.isAssignableFrom(part)) {
      for (Field field : part.getDeclaredFields()) {
        if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
          field.setAccessible(true);
          fields.add(field);
          if (!Immutability.isImmutableVariable(field.getType())) {
            references.add(field);
          }
        }
      }
      part = part.getSuperclass();
    }
    return new FieldsPlan(
        constructor, fields.toArray(new Field[0]), references.toArray(new Field[0]));
  }

  @Override
  public Object copy(Object original, GraphCopy graph) {
    try {
      Object copy = graph.register(original, constructor.newInstance());
      for (Field field : fields) {
        copyField(field, original, copy);
      }
      for (Field field : references) {
        Object from = field.get(original);
        Object to = graph.copy(from);
        if (to != from) {
          field.set(copy, to);
        }
      }
      return copy;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot copy an object of " + original.getClass(), e);
    }
  }

  /** Spares the boxes of the common primitive types. */
  private static void copyField(Field field, Object from, Object to) throws IllegalAccessException {
    Class<?> type = field.getType();
    if (type == int.class) {
      field.setInt(to, field.getInt(from));
    } else if (type == long.class) {
      field.setLong(to, field.getLong(from));
    } else if (type == boolean.class) {
      field.setBoolean(to, field.getBoolean(from));
    } else if (type == double.class) {
      field.setDouble(to, field.getDouble(from));
    } else {
      field.set(to, field.get(from));
    }
  }
}
