package io.terrace.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.Serial;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Classes of every kind that a cache may meet. */
@SuppressWarnings({"JavaUtilDate", "UndefinedEquals"}) // people cache dates
final class Samples {
  private Samples() {}

  enum Color {
    RED,
    GREEN {
      @Override
      boolean isLively() {
        return true;
      }
    };

    boolean isLively() {
      return false;
    }
  }

  record Point(int x, int y) {}

  record Name(String first, @Nullable String last) {}

  record Place(Name name, Color color, @Nullable Point point) {}

  record Holder(@Nullable Object held) implements Serializable {}

  record Dated(String label, Date date) implements Serializable {}

  record Money(BigDecimal amount, String currency) implements Serializable {}

  record WithArray(byte[] bytes) implements Serializable {}

  record Replaced(String text) implements Serializable {
    @Serial
    private Object writeReplace() {
      return new Date(text.length());
    }
  }

  /** An ordinary bean of eight fields. */
  static final class Bean implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    long id;
    int count;
    double price;
    boolean active;
    @Nullable String name;
    @Nullable Date created;
    @Nullable BigDecimal amount;
    @Nullable Address address;

    static Bean of(int seed) {
      Bean bean = new Bean();
      bean.id = seed;
      bean.count = seed * 3;
      bean.price = seed / 7.0;
      bean.active = seed % 2 == 0;
      bean.name = "bean " + seed;
      bean.created = new Date(seed);
      bean.amount = BigDecimal.valueOf(seed, 2);
      bean.address = new Address();
      bean.address.street = seed + " Main St";
      bean.address.since = new Date(-seed);
      return bean;
    }
  }

  static final class Address implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    @Nullable String street;
    @Nullable Date since;
  }

  /** Its no-argument constructor is what deserialization runs of the classes above it. */
  static class NotSerializableBase {
    String origin = "constructor";
  }

  static class Middle extends NotSerializableBase implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    List<String> tags = new ArrayList<>(List.of("a", "b"));
    private int secret = 1;

    int middleSecret() {
      return secret;
    }

    void middleSecret(int value) {
      secret = value;
    }
  }

  static final class Leaf extends Middle {
    @Serial private static final long serialVersionUID = 1L;
    int secret = 2;
    transient int cached = 3;
    final List<Date> dates = new ArrayList<>();
  }

  /** A node of any graph. */
  static final class Node implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    final int id;
    @Nullable Node next;
    @Nullable Object any;
    List<@Nullable Object> list = new ArrayList<>();
    Map<String, @Nullable Object> map = new java.util.HashMap<>();
    @Nullable Object @Nullable [] array;

    Node(int id) {
      this.id = id;
    }
  }

  /** Parent and child refer to one another, and the child's hash asks the parent. */
  static final class Parent implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    final Set<Child> children = new HashSet<>();
    final Date key;

    Parent(Date key) {
      this.key = key;
    }
  }

  static final class Child implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    final Parent parent;
    final String name;

    Child(Parent parent, String name) {
      this.parent = parent;
      this.name = name;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Child child
          && name.equals(child.name)
          && parent.key.equals(child.parent.key);
    }

    @Override
    public int hashCode() {
      return Objects.hash(name, parent.key);
    }
  }

  static final class Backwards implements Comparator<String>, Serializable {
    @Serial private static final long serialVersionUID = 1L;

    @Override
    public int compare(String left, String right) {
      return right.compareTo(left);
    }
  }

  /** Compares by what deserialization leaves out. */
  static final class Ranked implements Comparable<Ranked>, Serializable {
    @Serial private static final long serialVersionUID = 1L;
    transient int rank;

    Ranked(int rank) {
      this.rank = rank;
    }

    @Override
    public int compareTo(Ranked other) {
      return Integer.compare(rank, other.rank);
    }
  }

  /** Keeps nothing of what it held: only its own readObject says what it is. */
  static final class CustomRead implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    Date date = new Date(1);
    transient String derived = "fresh";

    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      derived = "read " + date.getTime();
    }
  }

  static final class Singleton implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    static final Singleton INSTANCE = new Singleton();
    int[] state = {1};

    @Serial
    private Object readResolve() {
      return INSTANCE;
    }
  }

  static final class Proxied implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    final StringBuilder text;

    Proxied(String text) {
      this.text = new StringBuilder(text);
    }

    @Serial
    private Object writeReplace() {
      return new Form(text.toString());
    }

    private record Form(String text) implements Serializable {
      @Serial
      private Object readResolve() {
        return new Proxied(text + "!");
      }
    }
  }

  public static final class External implements Externalizable {
    @Serial private static final long serialVersionUID = 1L;
    int[] numbers = {};

    public External() {}

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
      out.writeInt(numbers.length);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException {
      numbers = new int[in.readInt()];
    }
  }

  static final class NotSerializable {
    int state;
  }

  static final class HoldsNotSerializable implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    final NotSerializable part = new NotSerializable();
  }

  /** As frameworks make keys of several arguments. */
  static final class Arguments implements Serializable {
    @Serial private static final long serialVersionUID = 1L;
    private final Object[] parts;

    Arguments(Object... parts) {
      this.parts = parts;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Arguments arguments
          && java.util.Arrays.deepEquals(parts, arguments.parts);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.deepHashCode(parts);
    }
  }
}
