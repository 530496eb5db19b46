package io.terrace.servers.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** A value that has an order and can be a key: a string, a number or bytes. */
interface Scalar extends Attribute, Comparable<Scalar> {
  /** Bytes in the order of the values, for strings and bytes. */
  byte[] bytes();

  @Override
  default int compareTo(Scalar other) {
    if (this instanceof Numeral left && other instanceof Numeral right) {
      return left.value.compareTo(right.value);
    }
    int byType = type().compareTo(other.type());
    return byType != 0 ? byType : Arrays.compareUnsigned(bytes(), other.bytes());
  }

  /** {@code S}. */
  record Text(String value) implements Scalar {
    @Override
    public String type() {
      return "S";
    }

    @Override
    public Object content() {
      return value;
    }

    @Override
    public byte[] bytes() {
      return value.getBytes(UTF_8);
    }

    @Override
    public int size() {
      return bytes().length;
    }
  }

  /** {@code N}; equal if the number is, however it was written. */
  record Numeral(BigDecimal value) implements Scalar {
    private static final int MAX_DIGITS = 38;
    private static final int MAX_EXPONENT = 125;
    private static final int MIN_EXPONENT = -130;

    public Numeral {
      value = value.stripTrailingZeros();
      int exponent = value.precision() - value.scale() - 1;
      if (value.precision() > MAX_DIGITS) {
        throw ServiceException.validation(
            "Attempting to store more than 38 significant digits in a Number");
      }
      if (value.signum() != 0 && (exponent > MAX_EXPONENT || exponent < MIN_EXPONENT)) {
        throw ServiceException.validation("Number overflow or underflow: " + value);
      }
    }

    @Override
    public String type() {
      return "N";
    }

    @Override
    public Object content() {
      return value.toPlainString();
    }

    @Override
    public byte[] bytes() {
      return value.toPlainString().getBytes(UTF_8);
    }

    @Override
    public int size() {
      return (value.precision() + 1) / 2 + (value.signum() < 0 ? 2 : 1);
    }
  }

  /** {@code B}. */
  record Binary(ByteBuffer value) implements Scalar {
    @Override
    public String type() {
      return "B";
    }

    @Override
    public Object content() {
      return Base64.getEncoder().encodeToString(bytes());
    }

    @Override
    public byte[] bytes() {
      byte[] copy = new byte[value.remaining()];
      value.duplicate().get(copy);
      return copy;
    }

    @Override
    public int size() {
      return value.remaining();
    }

    List<Byte> list() {
      List<Byte> list = new ArrayList<>();
      for (byte b : bytes()) {
        list.add(b);
      }
      return list;
    }
  }
}
