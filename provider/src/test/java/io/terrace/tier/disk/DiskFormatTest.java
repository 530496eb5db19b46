package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.BodyDigest;
import io.terrace.DiskSettings;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.MetadataCodec;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples of {@code docs/disk-format.md} are what the tier writes, byte for byte. */
class DiskFormatTest {
  private static final long CACHE_ID = 0x0123456789abcdefL;
  private static final EntryKey KEY =
      new EntryKey(
          "k1".getBytes(StandardCharsets.US_ASCII), 0x1111111111111111L, 0x2222222222222222L);

  private static final Metadata METADATA =
      new Metadata("text/plain", Set.of("red"), Map.of("a", "b"));
  private static final BodyDigest DIGEST = new BodyDigest(0x0123456789abcdefL, 0xfedcba9876543210L);

  @TempDir Path directory;

  private String document;
  private IndexedLog indexed;

  @BeforeEach
  void writeTheSample() throws IOException {
    document = Files.readString(documentPath());
    DiskLimits limits = DiskLimits.of(DiskSettings.builder(directory).maxBytes(1 << 20).build());
    RegionLog log = new RegionLog(new FaultyFiles(), directory, CACHE_ID, limits);
    BufferPool pool = new BufferPool();
    indexed =
        new IndexedLog(
            log,
            pool,
            () -> Instant.ofEpochMilli(1_700_000_000_000L),
            new Index(),
            new PurgedTags(),
            0,
            new Departures(TierListener.NONE));
    EntryHeader header =
        EntryHeader.of(KEY, 1_700_000_000_000L, EntryHeader.NEVER, 2, Metadata.NONE)
            .withBodyLength(5);
    ByteBuffer body = ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
    int crc = RecordCodec.crc(body, 0, 5);
    ByteBuffer record = EntryRecord.inline(pool, header.withBody(5, crc), body);
    assertThat(indexed.commit(header.withBody(5, crc), Condition.ALWAYS, 0, record))
        .isEqualTo(new CommitResult.Committed(1_700_000_000_000_000L, 5));
  }

  @AfterEach
  void closeFiles() {
    for (Region region : indexed.log().regions().all()) {
      region.closeQuietly();
    }
    Leftovers.assertNone(directory);
  }

  private static Path documentPath() {
    Path fromModule = Path.of("..", "docs", "disk-format.md");
    return Files.exists(fromModule) ? fromModule : Path.of("docs", "disk-format.md");
  }

  @Test
  void theSnapshotIsAsDocumented() throws IOException {
    Snapshot.write(new FaultyFiles(), directory, CACHE_ID, indexed);
    assertThat(hex(directory.resolve(Snapshot.NAME))).isEqualTo(sample("snapshot"));
  }

  @Test
  void theRegionIsAsDocumented() throws IOException {
    assertThat(indexed.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS)).isTrue();
    assertThat(hex(RegionLog.pathOf(directory, 1))).isEqualTo(sample("region"));
  }

  @Test
  void theMarkerIsAsDocumented() {
    String marker = new String(new Marker(1, CACHE_ID).encode(), StandardCharsets.US_ASCII);
    assertThat(document).contains("```\n" + marker + "```");
  }

  @Test
  void theMetadataIsAsDocumented() {
    byte[] bytes = MetadataCodec.encode(METADATA, DIGEST, Freshness.STALE);
    assertThat(lines(bytes)).isEqualTo(sample("metadata"));
    for (BodyDigest digest : new BodyDigest[] {DIGEST, null}) {
      for (Freshness freshness : Freshness.values()) {
        for (Metadata metadata : List.of(METADATA, Metadata.NONE)) {
          byte[] encoded = MetadataCodec.encode(metadata, digest, freshness);
          assertThat(MetadataCodec.decode(encoded, 0, encoded.length))
              .isEqualTo(new MetadataCodec.Described(metadata, digest, freshness));
        }
      }
    }
    assertThat(MetadataCodec.encode(Metadata.NONE, null, Freshness.FRESH))
        .as("small typed entries pay nothing")
        .isEmpty();
  }

  @Test
  void damagedMetadataIsNone() {
    byte[] bytes = MetadataCodec.encode(METADATA, DIGEST, Freshness.STALE);
    for (int length = 1; length < bytes.length; length++) {
      assertThat(MetadataCodec.decode(bytes, 0, length)).as("%d bytes", length).isNull();
    }
    assertThat(MetadataCodec.decode(Arrays.copyOf(bytes, bytes.length + 1), 0, bytes.length + 1))
        .as("a byte too many")
        .isNull();
    byte[] unknownFlag = bytes.clone();
    unknownFlag[bytes.length - 17] |= 4;
    assertThat(MetadataCodec.decode(unknownFlag, 0, bytes.length)).isNull();
    bytes[0] = 0x7f;
    assertThat(MetadataCodec.decode(bytes, 0, bytes.length)).isNull();
  }

  /** The hexadecimal lines below the sentinel {@code <!-- sample: name -->}, without comments. */
  private String sample(String name) {
    Matcher block =
        Pattern.compile("<!-- sample: " + name + " -->\n```\n(.*?)```", Pattern.DOTALL)
            .matcher(document);
    assertThat(block.find()).as("sample %s", name).isTrue();
    StringBuilder hex = new StringBuilder();
    for (String line : block.group(1).lines().toList()) {
      hex.append(line.replaceFirst("^[0-9a-f]{4}  ", "").replaceFirst("   .*$", "")).append('\n');
    }
    return hex.toString();
  }

  private static String hex(Path file) throws IOException {
    return lines(Files.readAllBytes(file));
  }

  /** 16 bytes a line. */
  private static String lines(byte[] bytes) {
    StringBuilder hex = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      int end = Math.min(bytes.length, at + 16);
      hex.append(HexFormat.ofDelimiter(" ").formatHex(bytes, at, end)).append('\n');
    }
    return hex.toString();
  }
}
