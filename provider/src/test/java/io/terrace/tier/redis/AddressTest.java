package io.terrace.tier.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.RedisSettings;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

class AddressTest {
  private static Address of(String uri) {
    return Address.of(RedisSettings.builder(uri).build());
  }

  @Test
  void aServerHasPortDatabaseAndLogin() {
    Address address = of("rediss://bob:a%40b:c@cache.example:7000/3");
    assertThat(address.kind()).isEqualTo(Address.Kind.SERVER);
    assertThat(address.tls()).isTrue();
    assertThat(address.hosts()).containsExactly(new HostAndPort("cache.example", 7000));
    assertThat(address.database()).isEqualTo(3);
    assertThat(address.user()).isEqualTo("bob");
    assertThat(address.password()).isEqualTo("a@b:c");
  }

  @Test
  void whatIsNotSaidIsTheUsual() {
    Address address = of("redis://localhost");
    assertThat(address.hosts()).containsExactly(new HostAndPort("localhost", 6379));
    assertThat(address.tls()).isFalse();
    assertThat(address.database()).isZero();
    assertThat(address.user()).isNull();
    assertThat(address.password()).isNull();
  }

  @Test
  void aPasswordMayStandAlone() {
    Address address = of("redis://:p%40ss@localhost/");
    assertThat(address.user()).isNull();
    assertThat(address.password()).isEqualTo("p@ss");
  }

  @Test
  void aClusterHasSeveralHosts() {
    Address address = of("redis-cluster://a:1,[::1]:2,c");
    assertThat(address.kind()).isEqualTo(Address.Kind.CLUSTER);
    assertThat(address.hosts())
        .containsExactly(
            new HostAndPort("a", 1), new HostAndPort("::1", 2), new HostAndPort("c", 6379));
  }

  @Test
  void sentinelsNameTheirMaster() {
    Address address = of("rediss-sentinel://a,b:5/main");
    assertThat(address.kind()).isEqualTo(Address.Kind.SENTINEL);
    assertThat(address.tls()).isTrue();
    assertThat(address.master()).isEqualTo("main");
    assertThat(address.database()).isZero();
    assertThat(address.hosts())
        .containsExactly(new HostAndPort("a", 26379), new HostAndPort("b", 5));
  }

  @Test
  void settingsWinOverTheUri() {
    RedisSettings settings =
        RedisSettings.builder("redis://u:p@h").user("alice").password("secret").build();
    assertThat(Address.of(settings).user()).isEqualTo("alice");
    assertThat(Address.of(settings).password()).isEqualTo("secret");
  }

  @Test
  void aUserMayStandInTheUriAndThePasswordInTheSettings() {
    RedisSettings settings = RedisSettings.builder("redis://bob@h").password("secret").build();
    assertThat(Address.of(settings).user()).isEqualTo("bob");
    assertThat(Address.of(settings).password()).isEqualTo("secret");
  }

  @Test
  void aUserNeedsAPassword() {
    RedisSettings settings = RedisSettings.builder("redis://h").user("bob").build();
    assertThatThrownBy(() -> Address.of(settings)).hasMessageContaining("redis.password");
  }

  @Test
  void itDoesNotShowThePassword() {
    assertThat(of("redis://u:geheim@h").toString()).contains("h:6379").doesNotContain("geheim");
  }
}
