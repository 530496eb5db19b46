package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Looks for what a tier left behind in Redis. */
final class Leftovers {
  private Leftovers() {}

  /** Every key is one of ours and goes by itself, and no chunk is kept that no entry refers to. */
  static void assertNone(RedisSetup setup) {
    try (Link link = Links.open(setup.settings())) {
      Set<String> referred = new HashSet<>();
      List<KeySpace.Named> chunks = new ArrayList<>();
      for (KeySpace.Named named : names(link, setup.keys())) {
        long ttl = Answers.number(link.call(command("PTTL", named.name())));
        switch (named.kind()) {
          case 's', 'j', 't', 'r' -> assertThat(ttl).isIn(-1L, -2L);
          case 'c' -> {
            assertThat(ttl).isNotEqualTo(-1);
            if (ttl > RedisStore.GRACE.toMillis()) {
              chunks.add(named);
            }
          }
          case 'e' -> {
            assertThat(ttl).isNotEqualTo(-1);
            refer(link, named, referred);
          }
          case 'l' -> assertThat(ttl).isNotEqualTo(-1);
          default -> throw new AssertionError("a key of kind " + named.kind());
        }
      }
      assertThat(chunks)
          .allSatisfy(
              chunk -> assertThat(referred).contains(new String(chunk.suffix(), 0, 16, US_ASCII)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void refer(Link link, KeySpace.Named named, Set<String> referred)
      throws IOException {
    byte[] value = Answers.bytes(link.call(command("GET", named.name())));
    EntryKey key = value == null ? null : HeaderCodec.key(named.suffix(), value);
    StoredHeader stored = key == null ? null : HeaderCodec.decode(key, value);
    if (stored != null && stored.chunks() != null) {
      referred.add(new String(value, HeaderCodec.FIXED_BYTES, 16, US_ASCII));
    }
  }

  static List<KeySpace.Named> names(Link link, KeySpace keys) throws IOException {
    List<KeySpace.Named> names = new ArrayList<>();
    byte[] cursor = Operation.number(0);
    do {
      Object reply =
          link.call(
              command(
                  "SCAN",
                  cursor,
                  Operation.ascii("MATCH"),
                  keys.pattern(),
                  Operation.ascii("COUNT"),
                  Operation.number(1000)));
      cursor = Answers.bytes(Answers.list(reply, 2).get(0));
      for (Object name : Answers.list(Answers.list(reply, 2).get(1))) {
        names.add(keys.parse(Answers.bytes(name)));
      }
    } while (!new String(cursor, US_ASCII).equals("0"));
    return names;
  }

  static Request command(String name, byte[]... arguments) {
    byte[][] all = new byte[arguments.length + 1][];
    all[0] = Operation.ascii(name);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Request(-1, null, all);
  }
}
