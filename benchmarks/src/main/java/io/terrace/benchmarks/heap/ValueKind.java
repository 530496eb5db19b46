package io.terrace.benchmarks.heap;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** What the caches hold. */
public enum ValueKind {
  /** Immutable, and known so to every provider. */
  STRING(String.class) {
    @Override
    Object value(int number) {
      return "value number " + number;
    }
  },
  /** A record of strings: immutable, which most providers do not see. */
  RECORD(Product.class) {
    @Override
    Object value(int number) {
      return new Product(
          "sku-" + number, "Product " + number, "Described at some length " + number);
    }
  },
  /** A mutable bean with a nested bean and a list. */
  BEAN(Customer.class) {
    @Override
    Object value(int number) {
      return new Customer(
          number,
          "Customer " + number,
          LocalDate.EPOCH.plusDays(number),
          BigDecimal.valueOf(number, 2),
          new Customer.Address("Street " + number, "City " + number % 100));
    }
  },
  /** A map of lists. */
  COLLECTION(HashMap.class) {
    @Override
    Object value(int number) {
      HashMap<String, List<Integer>> map = new HashMap<>();
      for (int i = 0; i < 5; i++) {
        map.put("list " + i, new ArrayList<>(List.of(number, i, number + i)));
      }
      return map;
    }
  };

  private final Class<?> type;

  ValueKind(Class<?> type) {
    this.type = type;
  }

  public Class<?> type() {
    return type;
  }

  /** The same number gives an equal value and a new object. */
  abstract Object value(int number);

  /** Whether every provider may hand out the object it was given. */
  boolean knownImmutable() {
    return this == STRING;
  }
}
