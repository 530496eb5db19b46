package io.terrace.codec;

/** How to take a key apart and put one together. Immutable. */
interface Shape {

  /** The number of components. */
  int size();

  /** The components in their fixed order. */
  Object[] components(Object value);

  /**
   * @throws IllegalArgumentException if the components are not of the right types, or refused by
   *     the constructor
   */
  Object create(Object[] components);
}
