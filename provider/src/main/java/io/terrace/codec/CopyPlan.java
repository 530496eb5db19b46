package io.terrace.codec;

/** How objects of one class are copied. Thread safe. */
interface CopyPlan {

  /**
   * Copies the object with all it refers to, and tells the graph of the copy before it asks the
   * graph for anything that may refer back.
   *
   * @throws RuntimeException if the object cannot be copied part by part
   */
  Object copy(Object original, GraphCopy graph);
}
