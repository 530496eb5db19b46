package io.terrace.tier.redis;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeMode;
import io.terrace.tier.Change;
import io.terrace.tier.Changes;
import io.terrace.tier.EntryKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  private static final EntryKey KEY = key("some key");
  private static final int FIRST_KIND = 29;

  /** A message of one change of a key, a clear and a tag. */
  private static byte[] message() {
    ByteBuffer out = ByteBuffer.allocate(200);
    out.put((byte) 1).putShort((short) 5).putLong(10).putLong(20).putLong(-3).putShort((short) 3);
    out.put((byte) 2).putLong(20).putLong(KEY.hashHigh()).putLong(KEY.hashLow());
    out.putInt(KEY.bytes().length).put(KEY.bytes());
    out.put((byte) 6).putLong(17);
    out.put((byte) 7).put((byte) 2).putLong(18).putShort((short) 3).put(new byte[] {'r', 'e', 'd'});
    return Arrays.copyOf(out.array(), out.position());
  }

  @Test
  void readsEveryKindOfChange() {
    assertThat(MessageCodec.decode(message(), 64))
        .isEqualTo(
            new Changes(
                5,
                10,
                20,
                -3,
                List.of(
                    new Change.OfKey(Change.Kind.UPDATED, KEY, 20),
                    new Change.Clear(17),
                    new Change.OfTag("red", PurgeMode.SOFT, 18))));
  }

  @Test
  void readsWhatIsAnnounced() {
    byte[] message = message();
    message[FIRST_KIND] = 9;
    assertThat(MessageCodec.decode(message, 64).changes())
        .contains(new Change.OfKey(Change.Kind.ANNOUNCED, KEY, 20));
    message[FIRST_KIND] = 10;
    assertThat(MessageCodec.decode(message, 64).changes())
        .contains(new Change.OfKey(Change.Kind.CONTENDED, KEY, 20));
    message[FIRST_KIND] = 11;
    assertThat(MessageCodec.decode(message, 64)).as("of a kind to come").isNull();
  }

  @Test
  void i11_whatIsCutOrLongerIsNoMessage() {
    byte[] message = message();
    for (int length = 0; length < message.length; length++) {
      assertThat(MessageCodec.decode(Arrays.copyOf(message, length), 64)).isNull();
    }
    assertThat(MessageCodec.decode(Arrays.copyOf(message, message.length + 1), 64)).isNull();
    assertThat(MessageCodec.decode(message, 5)).as("no such partition").isNull();
  }

  @Test
  void i11_randomAndChangedBytesAreReadOrRefused() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] message = message();
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = message.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        Changes read = MessageCodec.decode(bytes, 64);
        if (read != null) {
          assertThat(read.partition()).isBetween(0, 63);
          assertThat(read.previous()).isBetween(0L, read.sequence() - 1);
          assertThat(read.changes()).isNotEmpty();
        }
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }
}
