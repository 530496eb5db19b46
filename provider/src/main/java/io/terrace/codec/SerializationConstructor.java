package io.terrace.codec;

import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects without a constructor of their class, as deserialization does, by the module {@code
 * jdk.unsupported}, which exports the way for this purpose; by reflection, since naming its class
 * makes javac warn. Null everywhere in a run-time image without that module.
 */
final class SerializationConstructor {
  private SerializationConstructor() {}

  /** Runs the constructor of the first superclass that is not serializable. */
  static @Nullable Constructor<?> of(Class<?> type) {
    return find(new Class<?>[] {Class.class}, type);
  }

  /** Runs the constructor of {@link Object} alone. */
  static @Nullable Constructor<?> ofObject(Class<?> type) {
    try {
      Class<?>[] parameters = {Class.class, Constructor.class};
      return find(parameters, type, Object.class.getConstructor());
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private static @Nullable Constructor<?> find(Class<?>[] parameters, Object... arguments) {
    try {
      Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
      Object instance = factory.getMethod("getReflectionFactory").invoke(null);
      return (Constructor<?>)
          factory
              .getMethod("newConstructorForSerialization", parameters)
              .invoke(instance, arguments);
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
