package io.terrace.tier.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.RedisInputStream;

@Timeout(60)
class RepliesTest {
  private static Object read(String wire) {
    return Replies.read(new RedisInputStream(new ByteArrayInputStream(Requests.bytes(wire))));
  }

  @Test
  void readsEveryKindOfReply() {
    assertThat(Requests.readable(read("+OK\r\n"))).isEqualTo("OK");
    assertThat(Requests.readable(read("$3\r\na\rb\r\n"))).isEqualTo("a\rb");
    assertThat(read("$-1\r\n")).isNull();
    assertThat(read("*-1\r\n")).isNull();
    assertThat(read(":-42\r\n")).isEqualTo(-42L);
    assertThat((List<?>) read("*2\r\n:1\r\n*1\r\n$-1\r\n"))
        .satisfies(list -> assertThat(list.get(0)).isEqualTo(1L))
        .satisfies(list -> assertThat((List<?>) list.get(1)).hasSize(1).containsOnlyNulls());
  }

  @Test
  void anErrorIsThrownAndOneWithinAListIsAnElement() {
    assertThatThrownBy(() -> read("-OOM no memory\r\n"))
        .isInstanceOf(JedisDataException.class)
        .hasMessage("OOM no memory");
    assertThat((List<?>) read("*2\r\n-ERR x\r\n:7\r\n"))
        .satisfies(list -> assertThat(list.get(0)).isInstanceOf(JedisDataException.class))
        .satisfies(list -> assertThat(list.get(1)).isEqualTo(7L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$2000000000\r\n",
        "$9223372036854775807\r\n",
        "*100000000\r\n",
        "*9223372036854775807\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        "%1\r\n",
        "$5\r\nab",
        ":1x\r\n",
        ":9223372036854775808\r\n",
        "$99999999999999999999\r\n"
      })
  void i11WhatCannotBeARightReplyEndsTheConnection(String wire) {
    assertThatThrownBy(() -> read(wire)).isInstanceOf(JedisConnectionException.class);
  }

  @Test
  void i11ALineHasAnEnd() {
    assertThatThrownBy(() -> read("+" + "x".repeat(70_000) + "\r\n"))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageContaining("line");
  }

  /** A number is a line, too: of a server that never ends one, nothing would ever come back. */
  @Test
  void i11ANumberHasAnEnd() {
    byte[] zero = {'0'};
    InputStream great =
        new SequenceInputStream(
            new ByteArrayInputStream(Requests.bytes(":")), new Repeated(zero, 1_000_000));
    assertThatThrownBy(() -> Replies.read(new RedisInputStream(great)))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageContaining("number");
  }

  @Test
  void numbersMayBeAsGreatAsALong() {
    assertThat(read(":9223372036854775807\r\n")).isEqualTo(Long.MAX_VALUE);
    assertThat(read(":-9223372036854775808\r\n")).isEqualTo(Long.MIN_VALUE);
    assertThat(read(":0\r\n")).isEqualTo(0L);
  }

  /** Lines come without a length, so that what they take is known only as they come. */
  @ParameterizedTest
  @ValueSource(chars = {'+', '-'})
  void i11TheLinesOfAReplyAreBoundedTogether(char kind) {
    byte[] line = Requests.bytes(kind + "x".repeat(60_000) + "\r\n");
    assertThat(readLines(line, 100, 8 << 20))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .hasSize(100);
    assertThatThrownBy(() -> readLines(line, 1000, 8 << 20))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageContaining("too long");
  }

  /** An error takes far more than it is long. */
  @Test
  void i11ManyShortErrorsAreALongReply() {
    assertThatThrownBy(() -> readLines(Requests.bytes("-\r\n"), 10_000, 1 << 20))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessageContaining("too long");
  }

  private static Object readLines(byte[] line, int lines, long mostBytes) {
    InputStream wire =
        new SequenceInputStream(
            new ByteArrayInputStream(Requests.bytes("*" + lines + "\r\n")),
            new Repeated(line, lines));
    return Replies.read(new RedisInputStream(wire), mostBytes);
  }

  /** The same bytes again and again. */
  private static final class Repeated extends InputStream {
    private final byte[] bytes;
    private long left;
    private int at;

    Repeated(byte[] bytes, long times) {
      this.bytes = bytes;
      this.left = times;
    }

    @Override
    public int read() {
      if (at == bytes.length) {
        at = 0;
        left--;
      }
      return left == 0 ? -1 : bytes[at++];
    }
  }
}
