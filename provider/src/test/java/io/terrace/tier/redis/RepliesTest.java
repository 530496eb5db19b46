package io.terrace.tier.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.RedisInputStream;

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
        "$5\r\nab"
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
}
