package io.terrace.tier.aws;

import static io.terrace.tier.Entries.put;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.BodyDigest;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The samples of {@code docs/aws-layout.md} are what the tier stores. */
class AwsLayoutTest {
  private static final EntryKey KEY =
      new EntryKey("k1".getBytes(US_ASCII), 0x1111111111111111L, 0x2222222222222222L);
  private static final long PROCESS = 0x0123456789abcdefL;
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final AwsSetup setup = AwsSetup.here().namespace("shop").partitions(16).clock(() -> NOW);

  private static EntryHeader header() {
    Metadata metadata = new Metadata("text/plain", Set.of("red"), Map.of("a", "b"));
    return EntryHeader.of(KEY, 1_700_000_000_000L, 1_800_000_000_000L, 2, metadata)
        .withDigest(new BodyDigest(0x0123456789abcdefL, 0xfedcba9876543210L));
  }

  @Test
  void itemsAreStoredAsTheDocumentSays() throws IOException {
    try (AwsTier tier = setup.open();
        RawItems items = new RawItems(setup)) {
      try (WriteHandle write = tier.openWrite(header(), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
        write.commitAs(1L << 51);
      }
      assertSample("entry", items.get(KEY));
      tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
      assertSample("removal", items.get(KEY));
      tier.purgeTag("red", PurgeMode.HARD, 1L << 50);
      tier.purgeTag("red", PurgeMode.SOFT, 1L << 51);
      assertSample("tag", items.get(setup.keys().tag("red")));
      tier.clear();
      assertSample("control", items.get(setup.keys().control()));
      tier.post(PROCESS);
      assertSample("notice", items.get(setup.keys().notice(PROCESS)));
    }
  }

  @Test
  void aLongEntryHasTheNameOfAnObject() throws IOException {
    try (AwsTier tier = setup.open();
        RawItems items = new RawItems(setup)) {
      put(tier, header(), new byte[100_000], Condition.ALWAYS);
      Map<String, AttributeValue> item = items.get(KEY);
      assertThat(item).doesNotContainKey("b").containsKey("s");
      assertThat(item.get("s").s())
          .startsWith("terrace/" + setup.keys().folder() + "/" + KEY.digest() + "/");
    }
  }

  @Test
  void anObjectIsStoredAsTheDocumentSays() throws IOException {
    AwsSetup objects = AwsSetup.here().settings(settings -> settings.inlineLimitBytes(0));
    AwsClients clients = objects.clients();
    try (AwsTier tier = objects.open();
        RawItems items = new RawItems(objects)) {
      put(tier, KEY, "hello".getBytes(US_ASCII));
      String name = items.get(KEY).get("s").s();
      byte[] object =
          clients.s3().getObjectAsBytes(r -> r.bucket(AwsSetup.BUCKET).key(name)).asByteArray();
      String hex = HexFormat.ofDelimiter(" ").formatHex(object);
      assertThat(sample("object")).startsWith("0000  " + hex + "  ");
    } finally {
      clients.close();
    }
  }

  private static void assertSample(String name, Map<String, AttributeValue> item)
      throws IOException {
    List<String> stored = dump(item);
    assertThat(List.of(sample(name).split("\n", -1)))
        .as(String.join("\n", stored))
        .isEqualTo(stored);
  }

  private static String sample(String name) throws IOException {
    String document = Files.readString(documentPath());
    Matcher sample =
        Pattern.compile("<!-- sample: " + name + " -->\n```\n(.*?)\n```", Pattern.DOTALL)
            .matcher(document);
    assertThat(sample.find()).as("a sample of %s", name).isTrue();
    return sample.group(1);
  }

  /** A line for each attribute, or more for long ones. */
  private static List<String> dump(Map<String, AttributeValue> item) {
    HexFormat hex = HexFormat.ofDelimiter(" ");
    List<String> lines = new ArrayList<>();
    new TreeMap<>(item)
        .forEach(
            (name, value) -> {
              if (name.equals("u") || name.equals("n")) {
                lines.add(name + "  N  random");
              } else if (value.b() == null) {
                lines.add(name + (value.n() == null ? "  S  " + value.s() : "  N  " + value.n()));
              } else {
                byte[] bytes = value.b().asByteArray();
                for (int at = 0; at < bytes.length; at += 24) {
                  String part = hex.formatHex(bytes, at, Math.min(bytes.length, at + 24));
                  lines.add((at == 0 ? name + "  B  " : "      ") + part);
                }
              }
            });
    return lines;
  }

  private static Path documentPath() {
    Path path = Path.of("..", "docs", "aws-layout.md");
    return Files.exists(path) ? path : Path.of("docs", "aws-layout.md");
  }

  @Test
  void theDocumentNamesEveryRight() throws IOException {
    String document = Files.readString(documentPath());
    for (TableOperation operation : TableOperation.values()) {
      assertThat(document).contains(operation.action());
    }
  }
}
