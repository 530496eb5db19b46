package io.terrace.codec;

/** Tells classes of the JDK from all others: their insides are not ours to reason about. */
final class JdkClasses {
  private JdkClasses() {}

  static boolean contains(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader == ClassLoader.getPlatformClassLoader();
  }
}
