package io.terrace.tier.redis;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.BodyDigest;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HeaderCodecTest {
  private static final Metadata METADATA =
      new Metadata(
          "text/plain", new LinkedHashSet<>(List.of("red", "blü", "")), Map.of("a", "b", "c", ""));
  private static final Chunks CHUNKS = new Chunks(1, -2, 65_536, 3);

  private static EntryHeader header(Metadata metadata, @Nullable BodyDigest digest, long length) {
    return EntryHeader.of(key("k"), 1_000, 2_000, 7, metadata)
        .withBody(length, 0x89abcdef)
        .withDigest(digest);
  }

  /** As a script stores it. */
  private static byte[] stored(EntryHeader header, @Nullable Chunks chunks, long stamp) {
    byte[] bytes = HeaderCodec.encode(header, chunks);
    ByteBuffer.wrap(bytes).putLong(2, header.version()).putLong(10, stamp);
    return bytes;
  }

  @Test
  void readsWhatItWrites() {
    for (Metadata metadata :
        List.of(Metadata.NONE, METADATA, new Metadata(null, Set.of("t"), Map.of()))) {
      for (BodyDigest digest : Arrays.asList(null, new BodyDigest(3, Long.MIN_VALUE))) {
        for (Chunks chunks : Arrays.asList(null, CHUNKS)) {
          for (Freshness freshness : Freshness.values()) {
            EntryHeader header =
                header(metadata, digest, 150_000).withVersion(5).withFreshness(freshness);
            byte[] bytes = stored(header, chunks, 9);
            StoredHeader read = HeaderCodec.decode(key("k"), bytes);
            assertThat(read.header()).isEqualTo(header);
            assertThat(read.stamp()).isEqualTo(9);
            assertThat(read.chunks()).isEqualTo(chunks);
            assertThat(read.bytes()).isEqualTo(bytes.length);
            assertThat(HeaderCodec.key(key("k").bytes(), bytes)).isEqualTo(key("k"));
          }
        }
      }
    }
  }

  @Test
  void i11_aHeaderOfAnotherKeyIsNone() {
    byte[] bytes = stored(header(METADATA, null, 5).withVersion(5), null, 9);
    assertThat(HeaderCodec.decode(key("other"), bytes)).isNull();
    EntryKey sameHash = new EntryKey(key("other").bytes(), key("k").hashHigh(), key("k").hashLow());
    assertThat(HeaderCodec.decode(sameHash, bytes)).isNull();
  }

  @Test
  void i11_noChangedByteGoesUnnoticedButThoseOfScripts() {
    for (Chunks chunks : Arrays.asList(null, CHUNKS)) {
      EntryHeader header = header(METADATA, new BodyDigest(1, 2), 150_000).withVersion(5);
      byte[] bytes = stored(header, chunks, 9);
      for (int at = 0; at < bytes.length; at++) {
        byte[] changed = bytes.clone();
        changed[at] ^= 0x40;
        boolean ofScripts = at >= 2 && at < 18;
        assertThat(HeaderCodec.decode(key("k"), changed) != null).as("%d", at).isEqualTo(ofScripts);
        assertThat(HeaderCodec.decode(key("k"), Arrays.copyOf(bytes, at))).isNull();
      }
    }
  }

  @Test
  void i11_aLengthThatCannotBeIsNoHeader() {
    for (int length : new int[] {0, -1, Integer.MAX_VALUE, HeaderCodec.MAX_BYTES + 1, 77}) {
      byte[] bytes = stored(header(METADATA, null, 5).withVersion(5), null, 9);
      ByteBuffer.wrap(bytes).putInt(34, length);
      assertThat(HeaderCodec.length(bytes)).isZero();
      assertThat(HeaderCodec.decode(key("k"), bytes)).isNull();
    }
  }

  @Test
  void i11_chunksThatDoNotHoldTheBodyAreNone() {
    for (Chunks chunks :
        List.of(
            new Chunks(1, 2, 65_536, 2),
            new Chunks(1, 2, 65_536, 4),
            new Chunks(1, 2, 0, 3),
            new Chunks(1, 2, -65_536, 3),
            new Chunks(1, 2, Integer.MAX_VALUE, 1),
            new Chunks(1, 2, 1, Integer.MAX_VALUE))) {
      EntryHeader header = header(METADATA, null, 150_000).withVersion(5);
      assertThat(HeaderCodec.decode(key("k"), stored(header, chunks, 9))).isNull();
    }
    EntryHeader negative = header(METADATA, null, -5).withVersion(5);
    assertThat(HeaderCodec.decode(key("k"), stored(negative, null, 9))).isNull();
  }

  @Test
  void i11_randomBytesAreNoHeader() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      if (bytes.length > 38 && i % 2 == 0) {
        bytes[0] = HeaderCodec.FORMAT;
        ByteBuffer.wrap(bytes).putInt(34, bytes.length);
      }
      assertThat(HeaderCodec.decode(key("k"), bytes)).as("seed %d", seed).isNull();
    }
  }
}
