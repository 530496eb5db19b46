package io.terrace.codec;

import java.io.NotSerializableException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a class that is neither record nor serializable, by its fields from the topmost
 * superclass down. All of them have to be final: a field that is filled in later, such as a cached
 * hash code, would give equal keys different bytes. Transient fields are left out, and empty in
 * what {@link #create} makes; no constructor of the class runs. Immutable.
 */
final class PlainShape implements Shape {
  private final Class<?> type;
  private final List<Field> fields;
  private final Constructor<?> constructor;

  private PlainShape(Class<?> type, List<Field> fields, Constructor<?> constructor) {
    this.type = type;
    this.fields = fields;
    this.constructor = constructor;
  }

  /**
   * @throws NotSerializableException if the class is not of this kind
   * @throws java.lang.reflect.InaccessibleObjectException if its package is not open to us
   */
  static PlainShape of(Class<?> type) throws NotSerializableException {
    List<Field> fields = new ArrayList<>();
    for (Class<?> part = type; part != Object.class && part != null; part = part.getSuperclass()) {
      List<Field> own = new ArrayList<>();
      for (Field field : part.getDeclaredFields()) {
        if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
          requireFinal(type, field);
          field.setAccessible(true);
          own.add(field);
        }
      }
      fields.addAll(0, own);
    }
    Constructor<?> constructor = SerializationConstructor.ofObject(type);
    if (fields.isEmpty() || fields.size() > Byte.MAX_VALUE || constructor == null) {
      throw new NotSerializableException(type.getName());
    }
    return new PlainShape(type, fields, constructor);
  }

  private static void requireFinal(Class<?> type, Field field) throws NotSerializableException {
    if (!Modifier.isFinal(field.getModifiers())) {
      throw new NotSerializableException(type.getName());
    }
  }

  @Override
  public int size() {
    return fields.size();
  }

  @Override
  public @Nullable Object[] components(Object value) {
    @Nullable Object[] components = new Object[fields.size()];
    try {
      for (int i = 0; i < components.length; i++) {
        components[i] = fields.get(i).get(value);
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read a key of " + type.getName(), e);
    }
    return components;
  }

  @Override
  public Object create(@Nullable Object[] components) {
    try {
      Object value = constructor.newInstance();
      for (int i = 0; i < components.length; i++) {
        fields.get(i).set(value, components[i]);
      }
      return value;
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot create a key of " + type.getName(), e);
    }
  }
}
