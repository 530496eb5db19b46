package io.terrace.servers.dynamodb;

import java.util.LinkedHashSet;
import java.util.Set;

/** {@code SS}, {@code NS} or {@code BS}: scalars of one type, at least one. */
record ScalarSet(String type, Set<Scalar> members) implements Attribute {
  @Override
  public Object content() {
    return members.stream().map(Attribute::content).toList();
  }

  @Override
  public int size() {
    return members.stream().mapToInt(Attribute::size).sum();
  }

  ScalarSet plus(ScalarSet more) {
    Set<Scalar> all = new LinkedHashSet<>(members);
    all.addAll(more.members);
    return new ScalarSet(type, all);
  }

  /** What is left, maybe nothing, which no item may hold. */
  ScalarSet minus(ScalarSet less) {
    Set<Scalar> rest = new LinkedHashSet<>(members);
    rest.removeAll(less.members);
    return new ScalarSet(type, rest);
  }
}
