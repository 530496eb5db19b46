package io.terrace.codec;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/**
 * How to take a record apart and put one together. The fields are read, not the accessors: they are
 * what {@code equals} and serialization see, whatever an accessor returns. Immutable.
 */
final class RecordShape implements Shape {
  private final Class<?> type;
  private final Field[] fields;
  private final Constructor<?> constructor;

  private RecordShape(Class<?> type, Field[] fields, Constructor<?> constructor) {
    this.type = type;
    this.fields = fields;
    this.constructor = constructor;
  }

  /**
   * @throws java.lang.reflect.InaccessibleObjectException if the record's package is not open to us
   */
  static RecordShape of(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Field[] fields = new Field[components.length];
    Class<?>[] types = new Class<?>[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        fields[i] = type.getDeclaredField(components[i].getName());
        fields[i].setAccessible(true);
        types[i] = components[i].getType();
      }
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return new RecordShape(type, fields, constructor);
    } catch (NoSuchFieldException | NoSuchMethodException e) {
      throw new IllegalArgumentException("not a record: " + type.getName(), e);
    }
  }

  @Override
  public int size() {
    return fields.length;
  }

  @Override
  public Object[] components(Object value) {
    Object[] components = new Object[fields.length];
    try {
      for (int i = 0; i < components.length; i++) {
        components[i] = fields[i].get(value);
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read record " + type.getName(), e);
    }
    return components;
  }

  @Override
  public Object create(Object[] components) {
    try {
      return constructor.newInstance(components);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "the constructor of record " + type.getName() + " threw " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot create record " + type.getName(), e);
    }
  }
}
