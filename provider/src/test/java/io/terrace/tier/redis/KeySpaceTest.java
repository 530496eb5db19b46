package io.terrace.tier.redis;

import static io.terrace.tier.Entries.key;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.util.JedisClusterCRC16;

class KeySpaceTest {
  private static final Chunks CHUNKS = new Chunks(1, 2, 65_536, 9);

  @Test
  void allKeysOfAPartitionAreInItsSlot() {
    for (String name : new String[] {"plain", "a:b", "}", "{", "{x}y", "%", "ü*?[", ""}) {
      KeySpace keys = new KeySpace(name, name, 64);
      Set<Integer> slots = new HashSet<>();
      for (int p = 0; p < 64; p++) {
        for (byte[] each :
            new byte[][] {
              keys.state(p),
              keys.log(p),
              keys.tags(p),
              keys.entry(p, key("}{")),
              keys.lease(p, key("k")),
              keys.chunk(p, CHUNKS, 3)
            }) {
          assertThat(JedisClusterCRC16.getSlot(each)).isEqualTo(keys.slot(p));
        }
        slots.add(keys.slot(p));
      }
      assertThat(slots).as(name).hasSizeGreaterThan(50);
    }
  }

  @Test
  void takesItsOwnNamesApartAndNoOthers() {
    KeySpace keys = new KeySpace("n", "c", 64);
    for (int p = 0; p < 64; p++) {
      KeySpace.Named named = keys.parse(keys.entry(p, key("some key")));
      assertThat(named.partition()).isEqualTo(p);
      assertThat(named.kind()).isEqualTo('e');
      assertThat(named.suffix()).isEqualTo(key("some key").bytes());
    }
    for (String other :
        new String[] {
          "{n:c:64}ek", "{n:c:1", "{n:c:1}", "{n:d:1}ek", "{n:c:01}ek", "", "{n:c:x}e"
        }) {
      assertThat(keys.parse(other.getBytes(UTF_8))).as(other).isNull();
    }
  }

  @Test
  void noTwoCachesHaveACommonName() {
    KeySpace one = new KeySpace("a:b", "c", 8);
    KeySpace two = new KeySpace("a", "b:c", 8);
    assertThat(one.state(1)).isNotEqualTo(two.state(1));
    assertThat(two.parse(one.state(1))).isNull();
    assertThat(one.channel()).isNotEqualTo(two.channel());
  }

  @Test
  void aPatternOfSpecialCharactersIsEscaped() {
    assertThat(new String(new KeySpace("a*[", "c?", 8).pattern(), UTF_8))
        .isEqualTo("{a\\*\\[:c\\?:*");
  }
}
