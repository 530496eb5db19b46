package io.terrace.codec;

import java.io.Serializable;
import java.lang.reflect.Array;

/** Finds the plan of a class: arrays, collections of the JDK, records, objects field by field. */
final class CopyPlans {

  /** For what only Java serialization can copy, or nothing can. */
  static final CopyPlan NONE =
      (original, graph) -> {
        throw new GraphCopy.NotCopyable();
      };

  private CopyPlans() {}

  static CopyPlan of(Class<?> type) {
    if (type.isArray()) {
      return ofArray(type.getComponentType());
    }
    if (JdkClasses.contains(type)) {
      return JdkPlans.of(type);
    }
    if (!Serializable.class.isAssignableFrom(type) || Immutability.hasOwnForm(type)) {
      return NONE;
    }
    try {
      return type.isRecord() ? ofRecord(RecordShape.of(type)) : FieldsPlan.of(type);
    } catch (RuntimeException e) { // a package that is not open to us
      return NONE;
    }
  }

  private static CopyPlan ofArray(Class<?> component) {
    if (component.isPrimitive()) {
      return ofPrimitives(component);
    }
    if (Immutability.isImmutableVariable(component)) {
      return (original, graph) -> graph.register(original, ((Object[]) original).clone());
    }
    return (original, graph) -> {
      Object[] to = graph.register(original, ((Object[]) original).clone());
      for (int i = 0; i < to.length; i++) {
        to[i] = graph.copy(to[i]);
      }
      return to;
    };
  }

  private static CopyPlan ofPrimitives(Class<?> component) {
    return (original, graph) -> {
      int length = Array.getLength(original);
      Object to = Array.newInstance(component, length);
      System.arraycopy(original, 0, to, 0, length);
      return graph.register(original, to);
    };
  }

  /** A record refers to its parts from the beginning: a cycle through one cannot be copied so. */
  private static CopyPlan ofRecord(RecordShape shape) {
    return (original, graph) -> {
      graph.begin(original);
      Object[] components = shape.components(original);
      for (int i = 0; i < components.length; i++) {
        components[i] = graph.copy(components[i]);
      }
      return graph.finish(original, shape.create(components));
    };
  }
}
