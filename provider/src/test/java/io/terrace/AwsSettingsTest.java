package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AwsSettingsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final URI DYNAMODB = URI.create("http://localhost:8000");
  private static final URI S3 = URI.create("https://s3.acme.internal/");

  @Test
  void theDefaults() {
    assertThat(AwsSettings.builder("artifacts").build())
        .isEqualTo(
            new AwsSettings(
                "artifacts",
                null,
                "terrace/",
                null,
                null,
                null,
                null,
                null,
                null,
                64 << 10,
                1L << 30,
                8 << 20,
                2,
                16,
                false,
                50,
                SECOND,
                Duration.ofSeconds(2),
                Duration.ofHours(1),
                false));
  }

  @Test
  void everythingElse() {
    AwsSettings made = complete();
    assertThat(made)
        .isEqualTo(
            new AwsSettings(
                "artifacts",
                "bodies",
                "acme/cache/",
                "shop",
                "eu-central-1",
                DYNAMODB,
                S3,
                "AKIA",
                "p4ssword",
                300 << 10,
                50_000L << 20,
                5 << 20,
                16,
                256,
                true,
                10_000,
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(3),
                true));
    assertThat(made.tier()).isEqualTo("aws");
    assertThat(made.isShared()).isTrue();
  }

  @Test
  void survivesSerializationWholeAndIsCheckedAgain() throws Exception {
    assertThat(Serialized.copy(complete())).isEqualTo(complete());
    AwsSettings plain = AwsSettings.builder("artifacts").build();
    assertThat(Serialized.copy(plain)).isEqualTo(plain);
    assertThatThrownBy(() -> Serialized.copyOfChanged(plain, "artifacts", "art/facts"))
        .hasRootCauseInstanceOf(InvalidSettingException.class);
  }

  @Test
  void noSecretIsShown() {
    assertThat(complete()).hasToString("AwsSettings[artifacts, s3://bodies/acme/cache/]");
    assertThat(AwsSettings.builder("artifacts").build()).hasToString("AwsSettings[artifacts]");
    assertThat(TerraceConfiguration.builder(String.class, String.class).tier(complete()).build())
        .asString()
        .contains("s3://bodies")
        .doesNotContain("p4ss", "AKIA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ab", "a b c", "arn:aws:x", "tabelle-ä"})
  void aTableThatCannotBeIsRefused(String table) {
    assertRefused("aws.table", () -> AwsSettings.builder(table));
    assertRefused("aws.table", () -> place(table, "bodies", "terrace/", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ab", "Bodies", "-bodies", "bodies.", "my_bodies", "a/b"})
  void aBucketThatCannotBeIsRefused(String bucket) {
    assertRefused("aws.bucket", () -> builder().bucket(bucket));
    assertRefused("aws.bucket", () -> place("artifacts", bucket, "terrace/", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "terrace", "/terrace/", "a//b/", "a b/", "ä/", "%41/"})
  void aPrefixThatCannotBeIsRefused(String prefix) {
    assertRefused("aws.prefix", () -> builder().prefix(prefix));
    assertRefused("aws.prefix", () -> place("artifacts", "bodies", prefix, null));
  }

  @Test
  void namesHaveTheirLengths() {
    assertThatCode(() -> AwsSettings.builder("a".repeat(255))).doesNotThrowAnyException();
    assertThatCode(() -> builder().bucket("a".repeat(63))).doesNotThrowAnyException();
    assertThatCode(() -> builder().prefix("a".repeat(199) + "/")).doesNotThrowAnyException();
    assertRefused("aws.table", () -> AwsSettings.builder("a".repeat(256)));
    assertRefused("aws.bucket", () -> builder().bucket("a".repeat(64)));
    assertRefused("aws.prefix", () -> builder().prefix("a".repeat(200) + "/"));
    assertRefused("aws.namespace", () -> builder().namespace(" "));
    assertRefused("aws.namespace", () -> place("artifacts", "bodies", "terrace/", ""));
  }

  private static AwsSettings place(
      String table, String bucket, String prefix, @Nullable String namespace) {
    return new AwsSettings(
        table, bucket, prefix, namespace, null, null, null, null, null, 1, 1, 5 << 20, 1, 1, false,
        1, SECOND, SECOND, SECOND, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:8000",
        "ftp://localhost",
        "http:///path",
        "/path",
        "http://me:p4ssword@localhost",
        "http://localhost?a=p4ssword",
        "http://localhost#p4ssword",
      })
  void anEndpointThatCannotBeIsRefusedAndNotShown(String uri) {
    URI endpoint = URI.create(uri);
    assertRefused("aws.dynamodb-endpoint", () -> builder().dynamoDbEndpoint(endpoint));
    assertRefused("aws.s3-endpoint", () -> builder().s3Endpoint(endpoint));
    assertRefused("aws.dynamodb-endpoint", () -> access(null, endpoint, null, null, null));
    assertRefused("aws.s3-endpoint", () -> access(null, null, endpoint, null, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "frankfurt", "EU-central-1", "eu central", "eu-"})
  void aRegionThatCannotBeIsRefused(String region) {
    assertRefused("aws.region", () -> builder().region(region));
    assertRefused("aws.region", () -> access(region, null, null, null, null));
  }

  @Test
  void keysComeTogether() {
    assertRefused("aws.access-key", () -> builder().credentials("", "p4ssword"));
    assertRefused("aws.secret-key", () -> builder().credentials("AKIA", " "));
    assertRefused("aws.access-key", () -> access(null, null, null, "AKIA", null));
    assertRefused("aws.secret-key", () -> access(null, null, null, null, "p4ssword"));
  }

  private static AwsSettings access(
      @Nullable String region,
      @Nullable URI dynamoDb,
      @Nullable URI s3,
      @Nullable String accessKey,
      @Nullable String secretKey) {
    return new AwsSettings(
        "artifacts",
        null,
        "terrace/",
        null,
        region,
        dynamoDb,
        s3,
        accessKey,
        secretKey,
        1,
        1,
        5 << 20,
        1,
        1,
        false,
        1,
        SECOND,
        SECOND,
        SECOND,
        false);
  }

  @ParameterizedTest
  @CsvSource({
    "aws.inline-limit,    -1,     1, 5242880,   1, 1, 1",
    "aws.inline-limit,    307201, 1, 5242880,   1, 1, 1",
    "aws.max-entry-size,  1,      0, 5242880,   1, 1, 1",
    "aws.max-entry-size,  1, 52428800001, 5242880, 1, 1, 1",
    "aws.part-size,       1,      1, 5242879,   1, 1, 1",
    "aws.part-size,       1,      1, 536870913, 1, 1, 1",
    "aws.parts-in-flight, 1,      1, 5242880,   0, 1, 1",
    "aws.parts-in-flight, 1,      1, 5242880,  17, 1, 1",
    "aws.partitions,      1,      1, 5242880,   1, 0, 1",
    "aws.partitions,      1,      1, 5242880,   1, 257, 1",
    "aws.connections,     1,      1, 5242880,   1, 1, 0",
    "aws.connections,     1,      1, 5242880,   1, 1, 10001",
  })
  void aNumberIsInItsRange(
      String setting, int inline, long entry, int part, int flight, int partitions, int links) {
    assertRefused(setting, () -> numbers(inline, entry, part, flight, partitions, links, SECOND));
    assertRefused(
        setting,
        () ->
            builder()
                .inlineLimitBytes(inline)
                .maxEntryBytes(entry)
                .partBytes(part)
                .partsInFlight(flight)
                .partitions(partitions)
                .connections(links)
                .build());
  }

  @Test
  void numbersThatAnIntCannotHoldAreRefused() {
    long large = (1L << 32) + 1;
    assertRefused("aws.inline-limit", () -> builder().inlineLimitBytes(large));
    assertRefused("aws.part-size", () -> builder().partBytes((1L << 32) + (5 << 20)));
    assertRefused("aws.parts-in-flight", () -> builder().partsInFlight(large));
    assertRefused("aws.partitions", () -> builder().partitions(large));
    assertRefused("aws.connections", () -> builder().connections(large));
  }

  @Test
  void somethingIsKeptInTheTableIfThereIsNoBucket() {
    AwsSettings.Builder nothing = builder().inlineLimitBytes(0);
    assertRefused("aws.inline-limit", nothing::build);
    assertThat(nothing.bucket("bodies").build().inlineLimitBytes()).isZero();
  }

  @Test
  void durationsAreCountedInMilliseconds() {
    Duration less = Duration.ofNanos(999_999);
    assertRefused("aws.connect-timeout", () -> builder().connectTimeout(less));
    assertRefused("aws.request-timeout", () -> builder().requestTimeout(less));
    assertRefused("aws.grace", () -> builder().grace(less));
    assertRefused("aws.connect-timeout", () -> numbers(1, 1, 5 << 20, 1, 1, 1, Duration.ZERO));
  }

  private static AwsSettings numbers(
      int inline, long entry, int part, int flight, int partitions, int links, Duration connect) {
    return new AwsSettings(
        "artifacts",
        null,
        "terrace/",
        null,
        null,
        null,
        null,
        null,
        null,
        inline,
        entry,
        part,
        flight,
        partitions,
        false,
        links,
        connect,
        SECOND,
        SECOND,
        false);
  }

  private static AwsSettings.Builder builder() {
    return AwsSettings.builder("artifacts");
  }

  private static AwsSettings complete() {
    return builder()
        .bucket("bodies")
        .prefix("acme/cache/")
        .namespace("shop")
        .region("eu-central-1")
        .dynamoDbEndpoint(DYNAMODB)
        .s3Endpoint(S3)
        .credentials("AKIA", "p4ssword")
        .inlineLimitBytes(300 << 10)
        .maxEntryBytes(50_000L << 20)
        .partBytes(5 << 20)
        .partsInFlight(16)
        .partitions(256)
        .creating()
        .connections(10_000)
        .connectTimeout(Duration.ofMillis(1))
        .requestTimeout(Duration.ofMillis(2))
        .grace(Duration.ofMillis(3))
        .sweeping()
        .build();
  }

  private static void assertRefused(String setting, ThrowingCallable making) {
    assertThatThrownBy(making)
        .isInstanceOfSatisfying(
            InvalidSettingException.class, e -> assertThat(e.setting()).isEqualTo(setting))
        .message()
        .doesNotContain("p4ss");
  }
}
