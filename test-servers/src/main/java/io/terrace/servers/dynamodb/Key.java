package io.terrace.servers.dynamodb;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The primary key of an item. Keys of one hash value lie together, in the order of their range
 * values; the hash values themselves are in no order that a client could rely on, as in DynamoDB.
 */
record Key(Scalar hash, @Nullable Scalar range) implements Comparable<Key> {
  private static final Comparator<Key> ORDER =
      Comparator.comparingInt((Key key) -> key.hash.hashCode() * 0x9E3779B9)
          .thenComparing(Key::hash)
          .thenComparing(Key::compareRanges);

  /** What follows all keys of a hash value. */
  static Key lastOf(Scalar hash) {
    return new Key(hash, new Last());
  }

  @Override
  public int compareTo(Key other) {
    return ORDER.compare(this, other);
  }

  private static int compareRanges(Key a, Key b) {
    if (a.range == null || b.range == null) {
      return Boolean.compare(a.range != null, b.range != null);
    }
    return a.range.compareTo(b.range);
  }

  /** No value of an item: one that is greater than all of them. */
  private record Last() implements Scalar {
    @Override
    public String type() {
      return "~";
    }

    @Override
    public Object content() {
      return "";
    }

    @Override
    public byte[] bytes() {
      return new byte[0];
    }

    @Override
    public int size() {
      return 0;
    }
  }
}
