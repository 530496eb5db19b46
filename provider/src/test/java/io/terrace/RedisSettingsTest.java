package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisSettingsTest {
  private static final String URI = "redis://localhost";
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void theDefaults() {
    assertThat(RedisSettings.builder(URI).build())
        .isEqualTo(
            new RedisSettings(
                URI, null, null, null, null, null, 64, 8 << 20, 256 << 10, 8, SECOND, SECOND));
  }

  @Test
  void everythingElse() {
    RedisSettings made = complete();
    assertThat(made)
        .isEqualTo(
            new RedisSettings(
                "rediss://one:6380/3",
                "me",
                "s3cret",
                "trust.p12",
                "s4cret",
                "shop",
                1024,
                1,
                960 << 10,
                10_000,
                Duration.ofMillis(1),
                Duration.ofMillis(2)));
    assertThat(made.tier()).isEqualTo("redis");
    assertThat(made.isShared()).isTrue();
    assertThat(HeapSettings.builder().build().isShared()).isFalse();
  }

  @Test
  void survivesSerializationWholeAndIsCheckedAgain() throws Exception {
    assertThat(Serialized.copy(complete())).isEqualTo(complete());
    RedisSettings plain = RedisSettings.builder(URI).build();
    assertThat(Serialized.copy(plain)).isEqualTo(plain);
    assertThatThrownBy(() -> Serialized.copyOfChanged(plain, URI, "other://localhost"))
        .hasRootCauseInstanceOf(InvalidSettingException.class);
  }

  @Test
  void noSecretIsShown() {
    assertThat(complete()).hasToString("RedisSettings[rediss://one:6380/3]");
    assertThat(RedisSettings.builder("redis://me:s3%40:cret@one/1").build())
        .hasToString("RedisSettings[redis://***@one/1]");
    assertThat(RedisSettings.builder("redis-cluster://:s3cret@one,two").build())
        .hasToString("RedisSettings[redis-cluster://***@one,two]");
    assertThat(TerraceConfiguration.builder(String.class, String.class).tier(complete()).build())
        .asString()
        .contains("rediss://one")
        .doesNotContain("cret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://localhost",
        "redis://localhost:1",
        "redis://127.0.0.1:65535/",
        "redis://[::1]:6379/15",
        "redis://[2001:db8::7]",
        "rediss://red_is.acme-shop.internal:6380/0",
        "redis://me:se%2Fcr%3fet@host:6379/0",
        "redis://:secret@host",
        "redis://me@host",
        "redis://me:se:c&r=et!*'()$~+,;@host",
        "redis-cluster://one:7000,two:7001,[::1]:7002",
        "rediss-cluster://me:secret@one",
        "redis-cluster://one/",
        "redis-sentinel://one/my.master-1_a",
        "redis-sentinel://me:secret@one:26379,two/mymaster",
        "rediss-sentinel://one:26379,two:26379,three:26379/m",
      })
  void aUriThatCanBe(String uri) {
    assertThat(RedisSettings.builder(uri).build().uri()).isEqualTo(uri);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                          | begin with redis://, rediss://,",
        "localhost:6379              | as redis://localhost:6379 does",
        "me:s3cret@localhost         | begin with redis://",
        "http://me:s3cret@localhost  | begin with redis://",
        "REDIS://localhost           | begin with redis://",
        "redis:localhost             | begin with redis://",
        "redis:/localhost            | begin with redis://",
        "redis-clusters://h          | begin with redis://",
        "rediss-ring://h             | begin with redis://",
        "` redis://localhost`        | begin with redis://",
        "redis://                    | name a host, and a port from 1 to 65535 if not the usual one",
        "redis:///0                  | name a host",
        "redis://me:s3cret@          | name a host",
        "redis://:6379               | name a host",
        "redis://me:s3cret           | name a host",
        "redis://localhost:          | name a host",
        "redis://localhost:0         | name a host",
        "redis://localhost:65536     | name a host",
        "redis://localhost:999999    | name a host",
        "redis://localhost:63x9      | name a host",
        "redis://::1                 | name a host",
        "redis://[::1                | name a host",
        "redis://ho%20st             | name a host",
        "redis-cluster://one,        | name a host, and a port from 1 to 65535 if not the usual one, as redis-cluster://one:6379,two:6379 does",
        "redis-cluster://one,,two    | name a host",
        "redis-cluster://one,x:s3cret | name a host",
        "redis://one,two             | name one host; several are for redis-cluster://one:6379,two:6379 or redis-sentinel://one:26379,two:26379/mymaster",
        "rediss://one,two            | name one host; several are for rediss-cluster://one:6379,two:6379 or rediss-sentinel://one:26379,two:26379/mymaster",
        "redis://localhost/zero      | end in the number of a database, as redis://localhost:6379/0 does",
        "redis://localhost/-1        | end in the number of a database",
        "redis://localhost/1234567   | end in the number of a database",
        "redis-cluster://one/0       | end in its hosts, as redis-cluster://one:6379,two:6379 does: no database",
        "redis-sentinel://one        | end in the name of the master, as redis-sentinel://one:26379,two:26379/mymaster does",
        "redis-sentinel://one/       | end in the name of the master",
        "rediss-sentinel://one/a b   | end in the name of the master, as rediss-sentinel://one:26379,two:26379/mymaster does",
        "redis-sentinel://one/my/0   | be like redis-sentinel://one:26379,two:26379/mymaster, without parameters",
        "redis://localhost/0/1       | be like redis://localhost:6379, without parameters",
        "redis://localhost?timeout=1 | be like redis://localhost:6379, without parameters; in a user or password the characters / ? # @ and space are %2F %3F %23 %40 %20",
        "redis://localhost/0?a=b     | be like redis://localhost:6379, without parameters",
        "redis://localhost#0         | be like redis://localhost:6379, without parameters",
        "redis://me:s3/cret@host     | be like redis://localhost:6379",
        "redis://me:s3@cret@host     | be like redis://localhost:6379",
        "redis://me:s3?cret@host     | be like redis://localhost:6379",
        "redis://me:s3 cret@host     | be like redis://localhost:6379",
        "redis://@host               | be like redis://localhost:6379",
        "redis://me:s3cret%@host     | have the character % in a user or password as %25",
        "redis://me:s3cret%4@host    | have the character % in a user or password as %25",
        "redis://me:s3cret%4g@host   | have the character % in a user or password as %25",
      })
  void aUriThatCannotBeIsRefusedWithAnExampleAndNotShown(String uri, String problem) {
    assertThatThrownBy(() -> RedisSettings.builder(uri))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageStartingWith("redis.uri must ")
        .hasMessageContaining(problem)
        .message()
        .doesNotContain("cret");
    assertRefused("redis.uri", () -> withUri(uri));
  }

  private static RedisSettings withUri(String uri) {
    return new RedisSettings(uri, null, null, null, null, null, 1, 1, 65_536, 1, SECOND, SECOND);
  }

  @Test
  void whatIsTextIsNotBlank() {
    RedisSettings.Builder builder = RedisSettings.builder("rediss://h");
    assertRefused("redis.user", () -> builder.user(" "));
    assertRefused("redis.password", () -> builder.password(""));
    assertRefused("redis.trust-store", () -> builder.trustStore("", null));
    assertRefused("redis.namespace", () -> builder.namespace("\t"));
    assertRefused("redis.namespace", () -> builder.namespace("a}b"));
    assertRefused("redis.namespace", () -> builder.namespace("{a"));
    assertRefused("redis.user", () -> text("", null, null, null, null));
    assertRefused("redis.password", () -> text(null, "", null, null, null));
    assertRefused("redis.trust-store", () -> text(null, null, "", null, null));
    assertRefused("redis.namespace", () -> text(null, null, null, null, "{}"));
  }

  @Test
  void aTrustStoreIsForTlsAndAPasswordForATrustStore() {
    assertRefused("redis.trust-store-password", () -> text(null, null, null, "s3cret", null));
    for (String uri : new String[] {URI, "redis-cluster://h", "redis-sentinel://h/m"}) {
      RedisSettings.Builder builder = RedisSettings.builder(uri).trustStore("t", null);
      assertRefused("redis.trust-store", builder::build);
    }
    for (String uri : new String[] {"rediss://h", "rediss-cluster://h", "rediss-sentinel://h/m"}) {
      assertThat(RedisSettings.builder(uri).trustStore("t", null).build().trustStore())
          .isEqualTo("t");
    }
  }

  private static RedisSettings text(
      @Nullable String user,
      @Nullable String password,
      @Nullable String store,
      @Nullable String storePassword,
      @Nullable String namespace) {
    return new RedisSettings(
        "rediss://h",
        user,
        password,
        store,
        storePassword,
        namespace,
        1,
        1,
        65_536,
        1,
        SECOND,
        SECOND);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, (1L << 32) + 1})
  void aNumberIsInItsRange(long number) {
    RedisSettings.Builder builder = RedisSettings.builder(URI);
    assertRefused("redis.partitions", () -> builder.partitions(number));
    assertRefused("redis.connections", () -> builder.connections(number));
    assertRefused("redis.chunk-size", () -> builder.chunkBytes(number));
  }

  @Test
  void theBoundsOfNumbersAndDurations() {
    RedisSettings.Builder builder = RedisSettings.builder(URI);
    assertRefused("redis.max-entry-size", () -> builder.maxEntryBytes(0));
    assertRefused("redis.partitions", () -> builder.partitions(1025));
    assertRefused("redis.connections", () -> builder.connections(10_001));
    assertRefused("redis.chunk-size", () -> builder.chunkBytes((64 << 10) - 1));
    assertRefused("redis.chunk-size", () -> builder.chunkBytes((960 << 10) + 1));
    assertRefused("redis.connect-timeout", () -> builder.connectTimeout(Duration.ofNanos(999_999)));
    assertRefused("redis.command-timeout", () -> builder.commandTimeout(Duration.ZERO));
    assertRefused("redis.partitions", () -> numbers(0, 1, 65_536, 1, SECOND, SECOND));
    assertRefused("redis.max-entry-size", () -> numbers(1, 0, 65_536, 1, SECOND, SECOND));
    assertRefused("redis.chunk-size", () -> numbers(1, 1, 65_535, 1, SECOND, SECOND));
    assertRefused("redis.connections", () -> numbers(1, 1, 65_536, 0, SECOND, SECOND));
    assertRefused("redis.connect-timeout", () -> numbers(1, 1, 65_536, 1, Duration.ZERO, SECOND));
    assertRefused("redis.command-timeout", () -> numbers(1, 1, 65_536, 1, SECOND, Duration.ZERO));
  }

  private static RedisSettings numbers(
      int partitions, long entry, int chunk, int connections, Duration connect, Duration command) {
    return new RedisSettings(
        URI, null, null, null, null, null, partitions, entry, chunk, connections, connect, command);
  }

  private static RedisSettings complete() {
    return RedisSettings.builder("rediss://one:6380/3")
        .user("me")
        .password("s3cret")
        .trustStore("trust.p12", "s4cret")
        .namespace("shop")
        .partitions(1024)
        .maxEntryBytes(1)
        .chunkBytes(960 << 10)
        .connections(10_000)
        .connectTimeout(Duration.ofMillis(1))
        .commandTimeout(Duration.ofMillis(2))
        .build();
  }

  private static void assertRefused(String setting, ThrowingCallable making) {
    assertThatThrownBy(making)
        .isInstanceOfSatisfying(
            InvalidSettingException.class, e -> assertThat(e.setting()).isEqualTo(setting))
        .message()
        .doesNotContain("cret");
  }
}
