package io.terrace.tier.redis;

import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.put;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.BodyDigest;
import io.terrace.Metadata;
import io.terrace.tier.Announcement;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The samples of {@code docs/redis-layout.md} are what the tier stores, byte for byte. */
class RedisLayoutTest {
  private static final EntryKey KEY =
      new EntryKey("k1".getBytes(US_ASCII), 0x1111111111111111L, 0x2222222222222222L);
  private static final long VERSION = 1L << 51;

  @Test
  void anEntryIsStoredAsTheDocumentSays() throws IOException {
    RedisSetup setup = RedisSetup.here();
    try (RedisTier tier = setup.open();
        Link link = Links.open(setup.settings())) {
      Metadata metadata = new Metadata("text/plain", Set.of("red"), Map.of("a", "b"));
      EntryHeader header =
          EntryHeader.of(KEY, 1_700_000_000_000L, EntryHeader.NEVER, 2, metadata)
              .withDigest(new BodyDigest(0x0123456789abcdefL, 0xfedcba9876543210L));
      try (WriteHandle write = tier.openWrite(header, Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
        write.commitAs(VERSION);
      }
      int partition = tier.partitionOf(KEY);
      byte[] entry = Answers.bytes(link.call(command("GET", setup.keys().entry(partition, KEY))));
      assertSample("entry", entry);
      byte[] state = Answers.bytes(link.call(command("GET", setup.keys().state(partition))));
      assertThat(PartitionState.of(state).last()).isEqualTo(VERSION);
      assertThat(PartitionState.of(state).tail()).isEqualTo(VERSION);
      assertSample("message", told(setup, link, partition, 0));
    }
  }

  @Test
  void anAnnouncementIsKeptAndToldAsTheDocumentSays() throws IOException {
    RedisSetup setup = RedisSetup.here();
    try (RedisTier tier = setup.open();
        Link link = Links.open(setup.settings())) {
      try (WriteHandle write = tier.openWrite(header(KEY), Condition.ALWAYS)) {
        write.commitAs(VERSION);
      }
      Announcement first = tier.announce(KEY, Duration.ofMinutes(1));
      assertThat(first.number()).isEqualTo(VERSION + 1);
      int partition = tier.partitionOf(KEY);
      assertSample("announced", told(setup, link, partition, 1));
      tier.announce(KEY, Duration.ofMinutes(1));
      tier.settle(KEY, first.number());
      byte[] lease = setup.keys().lease(partition, KEY);
      assertSample("announcements", Answers.bytes(link.call(command("GET", lease))));
      assertThat(Answers.number(link.call(command("PTTL", lease)))).isBetween(1L, 60_000L);
      tier.clearAfterLoss();
      byte[] run = Answers.bytes(link.call(command("GET", setup.keys().run(partition))));
      assertThat(new String(run, US_ASCII)).matches("[0-9a-f]{40}");
    }
  }

  /** A message of the log, as if its origin were not random. */
  private static byte[] told(RedisSetup setup, Link link, int partition, int number)
      throws IOException {
    byte[] all = setup.keys().log(partition);
    Object log = link.call(command("XRANGE", all, Operation.ascii("-"), Operation.ascii("+")));
    List<?> record = Answers.list(Answers.list(log).get(number), 2);
    byte[] message = Answers.bytes(Answers.list(record.get(1), 2).get(1));
    ByteBuffer.wrap(message).putLong(19, 0x0123456789abcdefL);
    return message;
  }

  @Test
  void anEntryTakesAsMuchMemoryAsTheDocumentSays() throws IOException {
    RedisSetup setup = RedisSetup.here().namespace("layout");
    try (RedisTier tier = setup.open();
        Link link = Links.open(setup.settings())) {
      for (int size : new int[] {100, 1000, 5000}) {
        put(tier, KEY, new byte[size]);
        byte[] name = setup.keys().entry(tier.partitionOf(KEY), KEY);
        Request usage = command("MEMORY", Operation.ascii("USAGE"), name);
        long overhead = Answers.number(link.call(usage)) - size;
        assertThat(overhead).isBetween(100L, size < 5000 ? 350L : 1100L);
      }
    }
  }

  private static Request command(String name, byte[]... arguments) {
    return Leftovers.command(name, arguments);
  }

  private static void assertSample(String name, byte[] bytes) throws IOException {
    String document = Files.readString(documentPath());
    Matcher sample =
        Pattern.compile("<!-- sample: " + name + " -->\n```\n(.*?)```", Pattern.DOTALL)
            .matcher(document);
    assertThat(sample.find()).as("a sample of %s: %s", name, dump(bytes)).isTrue();
    List<String> documented = new ArrayList<>();
    for (String line : sample.group(1).split("\n")) {
      documented.add(line.replaceAll("^([0-9a-f]{4}  (?:[0-9a-f]{2} ?)+)(?:  .*)?$", "$1").strip());
    }
    assertThat(documented).as(String.join("\n", dump(bytes))).isEqualTo(dump(bytes));
  }

  private static List<String> dump(byte[] bytes) {
    HexFormat hex = HexFormat.ofDelimiter(" ");
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 16) {
      lines.add(
          hex.toHexDigits((short) at)
              + "  "
              + hex.formatHex(bytes, at, Math.min(bytes.length, at + 16)));
    }
    return lines;
  }

  private static Path documentPath() {
    Path path = Path.of("..", "docs", "redis-layout.md");
    return Files.exists(path) ? path : Path.of("docs", "redis-layout.md");
  }

  @Test
  void theDocumentNamesEveryScript() throws IOException {
    String document = Files.readString(documentPath(), UTF_8);
    for (String script :
        List.of(
            "change",
            "clear",
            "clear-after-loss",
            "purge-tag",
            "lease",
            "announce",
            "settle",
            "head",
            "release",
            "drop")) {
      assertThat(document).contains("`" + script + ".lua`");
    }
  }
}
