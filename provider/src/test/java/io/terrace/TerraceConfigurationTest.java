package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerraceConfigurationTest {
  private static final HeapSettings HEAP =
      HeapSettings.builder().maxEntries(7).ttl(Duration.ofMinutes(1)).build();
  private static final DiskSettings DISK =
      DiskSettings.builder(Path.of("cache")).maxBytes(1 << 20).build();
  private static final RedisSettings REDIS =
      RedisSettings.builder("redis://localhost").password("s3cret").build();
  private static final AwsSettings AWS = AwsSettings.builder("artifacts").build();

  @Test
  void carriesEverythingOfTheStandardConfiguration() {
    MutableConfiguration<String, String> standard = standard();
    assertThat(new MutableConfiguration<>(TerraceConfiguration.builder(standard).build()))
        .isEqualTo(standard);
  }

  @Test
  void takesWhatAPlainConfigurationHas() {
    Configuration<String, Long> plain = new Plain();
    TerraceConfiguration<String, Long> made = TerraceConfiguration.builder(plain).build();
    assertThat(new MutableConfiguration<>(made))
        .isEqualTo(
            new MutableConfiguration<String, Long>()
                .setTypes(String.class, Long.class)
                .setStoreByValue(false));
  }

  @Test
  void isTheHeapWithItsDefaultsIfNoTierIsNamed() {
    assertThat(TerraceConfiguration.builder(String.class, Long.class).build().tiers())
        .containsExactly(HeapSettings.builder().build());
  }

  @Test
  void doesNotChangeWithWhatItWasMadeFrom() {
    MutableConfiguration<String, String> standard = standard();
    TerraceConfiguration.Builder<String, String> builder =
        TerraceConfiguration.builder(standard).tier(HEAP);
    TerraceConfiguration<String, String> made = builder.build();
    standard.setStatisticsEnabled(false).setReadThrough(false);
    standard.removeCacheEntryListenerConfiguration(
        standard.getCacheEntryListenerConfigurations().iterator().next());
    builder.tier(DISK).allowClasses("com.acme.*");

    assertThat(new MutableConfiguration<>(made)).isEqualTo(standard());
    assertThat(made.tiers()).containsExactly(HEAP);
    assertThat(made.allowedClasses()).isEmpty();
  }

  @Test
  void cannotBeChangedThroughWhatItGivesAway() {
    TerraceConfiguration<String, String> made = complete();
    Iterator<CacheEntryListenerConfiguration<String, String>> listeners =
        made.getCacheEntryListenerConfigurations().iterator();
    listeners.next();
    assertThatThrownBy(listeners::remove).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> made.tiers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> made.allowedClasses().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void isEqualInAllPartsOrNotAtAll() {
    assertThat(complete()).isEqualTo(complete()).hasSameHashCodeAs(complete());
    assertThat(complete())
        .isNotEqualTo(complete().withStandard(new MutableConfiguration<>()))
        .isNotEqualTo(
            builder().allowClasses("com.acme.**").tier(HEAP).valueCodec(new Kept()).build())
        .isNotEqualTo(
            builder()
                .allowClasses("com.acme.B")
                .tier(HEAP)
                .tier(DISK)
                .valueCodec(new Kept())
                .build())
        .isNotEqualTo(builder().allowClasses("com.acme.**").tier(HEAP).tier(DISK).build())
        .isNotEqualTo(standard());
  }

  @Test
  void keepsItsOwnPartUnderAnotherStandardConfiguration() {
    TerraceConfiguration<String, String> other =
        complete().withStandard(new MutableConfiguration<>(standard()).setStatisticsEnabled(false));
    assertThat(other.isStatisticsEnabled()).isFalse();
    assertThat(other.withStandard(standard())).isEqualTo(complete());
  }

  @Test
  void survivesSerializationWhole() throws Exception {
    assertThat(Serialized.copy(complete())).isEqualTo(complete());
    assertThat(Serialized.copy(HEAP)).isEqualTo(HEAP);
    assertThat(Serialized.copy(DISK)).isEqualTo(DISK);
  }

  @Test
  void isNotSerializableWithACodecThatIsNot() {
    Object made = builder().valueCodec(new Unkept()).build();
    assertThatThrownBy(() -> Serialized.write(made))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("Unkept");
  }

  @Test
  void refusesAKindOfTierTwice() {
    assertThatThrownBy(() -> builder().tier(DISK).tier(DISK).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers must name 'disk' only once");
  }

  @Test
  void refusesAHeapThatIsNotOnTopAndProposesTheOrder() {
    assertThatThrownBy(() -> builder().tier(DISK).tier(HEAP).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers must have 'heap' on top, as it is the nearest: [heap, disk]");
  }

  @Test
  void refusesALocalTierBelowTheLowestSharedOneAndProposesTheOrder() {
    assertThatThrownBy(() -> builder().tier(HEAP).tier(REDIS).tier(DISK).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers has a local tier below the lowest shared one: use [heap, disk, redis]");
    assertThatThrownBy(() -> builder().tier(REDIS).tier(HEAP).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers must have 'heap' on top, as it is the nearest: [heap, redis]");
    assertThatThrownBy(() -> builder().tier(REDIS).tier(DISK).tier(HEAP).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers must have 'heap' on top, as it is the nearest: [heap, disk, redis]");
    assertThat(builder().tier(HEAP).tier(DISK).tier(REDIS).build().tiers())
        .containsExactly(HEAP, DISK, REDIS);
    assertThat(builder().tier(DISK).tier(REDIS).build().tiers()).containsExactly(DISK, REDIS);
    assertThatThrownBy(() -> builder().tier(HEAP).tier(AWS).tier(DISK).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers has a local tier below the lowest shared one: use [heap, disk, aws]");
    assertThat(builder().tier(HEAP).tier(DISK).tier(AWS).build().tiers())
        .containsExactly(HEAP, DISK, AWS);
  }

  @Test
  void redisStandsAboveAws() {
    assertThat(builder().tier(HEAP).tier(REDIS).tier(DISK).tier(AWS).build().tiers())
        .containsExactly(HEAP, REDIS, DISK, AWS);
    assertThat(builder().tier(HEAP).tier(DISK).tier(REDIS).tier(AWS).build().tiers())
        .containsExactly(HEAP, DISK, REDIS, AWS);
    assertThatThrownBy(() -> builder().tier(AWS).tier(REDIS).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("tiers has 'redis' below 'aws': what is durable is the lowest, put aws last");
  }

  @Test
  void streamsLiveInAnyStack() {
    assertThat(streams().tier(REDIS).build().tiers()).containsExactly(REDIS);
    assertThat(streams().tier(DISK).tier(AWS).build().tiers()).containsExactly(DISK, AWS);
    assertThat(streams().tier(HEAP).tier(DISK).tier(REDIS).build().stream())
        .isEqualTo(StreamSettings.DEFAULTS);
  }

  @Test
  void coherenceIsSaidWhereATierIsShared() {
    CoherenceSettings settings = CoherenceSettings.DEFAULTS.servingStale();
    assertThat(builder().build().coherence()).isEqualTo(CoherenceSettings.DEFAULTS);
    assertThat(builder().tier(REDIS).build().coherence()).isEqualTo(CoherenceSettings.DEFAULTS);
    assertThat(builder().tier(HEAP).tier(REDIS).coherence(settings).build().coherence())
        .isEqualTo(settings);
    assertThat(builder().tier(HEAP).tier(AWS).coherence(settings).build().coherence())
        .isEqualTo(settings);
    assertThat(builder().coherence(CoherenceSettings.DEFAULTS).build())
        .isEqualTo(builder().build());
    assertThatThrownBy(() -> builder().tier(HEAP).tier(DISK).coherence(settings).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage(
            "coherence is for stacks with a shared tier, redis or aws, not for [heap, disk]");
  }

  @Test
  void keepsWhatItSaysOfCoherence() throws Exception {
    CoherenceSettings settings = CoherenceSettings.DEFAULTS.servingStale();
    TerraceConfiguration<String, String> made =
        builder().tier(HEAP).tier(REDIS).coherence(settings).build();
    assertThat(Serialized.copy(made)).isEqualTo(made).hasSameHashCodeAs(made);
    assertThat(made.withStandard(new MutableConfiguration<>(made))).isEqualTo(made);
    assertThat(made.allowing(List.of())).isEqualTo(made);
    assertThat(made).isNotEqualTo(builder().tier(HEAP).tier(REDIS).build());
  }

  @Test
  void streamSettingsAreThereExactlyForStreams() {
    assertThat(builder().build().stream()).isNull();
    assertThat(streams().build().stream()).isEqualTo(StreamSettings.DEFAULTS);
    StreamSettings settings = StreamSettings.DEFAULTS.joiningWrites();
    assertThat(streams().stream(settings).build().stream()).isEqualTo(settings);
    assertThatThrownBy(() -> builder().stream(settings).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("stream is for values of io.terrace.StreamValue, not of java.lang.String");
  }

  @Test
  void streamsHaveNoCodecAndAreStoredByValue() {
    assertThatThrownBy(() -> streams().valueCodec(new StreamCodec()).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("codec cannot be set for streams: their bytes are stored as they are");
    assertThatThrownBy(
            () ->
                streams()
                    .build()
                    .withStandard(
                        new MutableConfiguration<String, StreamValue>()
                            .setTypes(String.class, StreamValue.class)
                            .setStoreByValue(false)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage("store-by-value must be true for streams: they are read when they are stored");
  }

  @Test
  void promotesOnCompletionWhereNothingElseIsSaid() {
    assertThat(builder().build().promotion()).isEqualTo(PromotionPolicy.ALWAYS);
    PromotionPolicy policy =
        builder()
            .tier(HEAP)
            .tier(DISK)
            .promotion("disk", "heap", Promotion.after(3))
            .promotion("disk", "heap", Promotion.NEVER)
            .build()
            .promotion();
    assertThat(policy.of("disk", "heap")).isEqualTo(Promotion.NEVER);
    assertThat(policy.of("aws", "heap")).isEqualTo(Promotion.ON_COMPLETE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "disk | redis | promote.from-disk.to-redis names 'redis', which is not among the tiers [heap, disk]",
        "aws  | heap  | promote.from-aws.to-heap names 'aws', which is not among the tiers [heap, disk]",
        "heap | disk  | promote.from-heap.to-disk does not go up: 'disk' is not above 'heap'",
        "disk | disk  | promote.from-disk.to-disk does not go up: 'disk' is not above 'disk'",
      })
  void refusesAPromotionThatCannotBe(String from, String to, String message) {
    assertThatThrownBy(
            () -> builder().tier(HEAP).tier(DISK).promotion(from, to, Promotion.NEVER).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage(message);
  }

  @Test
  void keepsWhatItSaysOfStreamsAndPromotion() throws Exception {
    TerraceConfiguration<String, StreamValue> made =
        streams().tier(HEAP).tier(DISK).stream(StreamSettings.DEFAULTS.fillingOnRange())
            .promotion("disk", "heap", Promotion.after(2))
            .build();
    assertThat(Serialized.copy(made)).isEqualTo(made).hasSameHashCodeAs(made);
    assertThat(made.withStandard(new MutableConfiguration<>(made))).isEqualTo(made);
    assertThat(made.allowing(List.of())).isEqualTo(made);
    assertThat(made)
        .isNotEqualTo(
            streams().tier(HEAP).tier(DISK).promotion("disk", "heap", Promotion.after(2)).build())
        .isNotEqualTo(
            streams().tier(HEAP).tier(DISK).stream(StreamSettings.DEFAULTS.fillingOnRange())
                .build());
  }

  @Test
  void allowsMoreClasses() {
    TerraceConfiguration<String, String> more = complete().allowing(List.of("com.acme.B"));
    assertThat(more.allowedClasses()).containsExactly("com.acme.**", "com.acme.B");
    assertThat(more.tiers()).isEqualTo(complete().tiers());
    assertThat(more.valueCodec()).isEqualTo(complete().valueCodec());
    assertThatThrownBy(() -> complete().allowing(List.of("*")))
        .isInstanceOf(InvalidSettingException.class);
  }

  private static TerraceConfiguration.Builder<String, StreamValue> streams() {
    return TerraceConfiguration.builder(String.class, StreamValue.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"com.acme.Order", "Order", "a.B$C", "com.acme.*", "com.acme.**", "é.*"})
  void allowsClassesPackagesAndTrees(String pattern) {
    assertThat(builder().allowClasses(pattern).build().allowedClasses()).containsExactly(pattern);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "*", "**", ".*", "a..b", ".a", "a.", "a.***", "a*", "1.*", "a/b"})
  void refusesWhatIsNoPatternOfClasses(String pattern) {
    assertThatThrownBy(() -> builder().allowClasses(pattern))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageStartingWith("serialization.allow must have names like com.acme.Order")
        .hasMessageEndingWith("not '" + pattern + "'");
  }

  private static TerraceConfiguration.Builder<String, String> builder() {
    return TerraceConfiguration.builder(standard());
  }

  private static TerraceConfiguration<String, String> complete() {
    return builder()
        .tier(HEAP)
        .tier(DISK)
        .valueCodec(new Kept())
        .allowClasses("com.acme.**")
        .build();
  }

  private static MutableConfiguration<String, String> standard() {
    return new MutableConfiguration<String, String>()
        .setTypes(String.class, String.class)
        .setStoreByValue(false)
        .setStatisticsEnabled(true)
        .setManagementEnabled(true)
        .setReadThrough(true)
        .setWriteThrough(true)
        .setCacheLoaderFactory(new FactoryBuilder.ClassFactory<CacheLoader<String, String>>("l"))
        .setCacheWriterFactory(
            new FactoryBuilder.ClassFactory<CacheWriter<? super String, ? super String>>("w"))
        .setExpiryPolicyFactory(
            CreatedExpiryPolicy.factoryOf(javax.cache.expiry.Duration.FIVE_MINUTES))
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<String, String>(
                FactoryBuilder.factoryOf(Quiet.class), null, true, false));
  }

  public static final class Quiet implements CacheEntryRemovedListener<String, String> {
    @Override
    public void onRemoved(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}
  }

  private static final class Plain implements Configuration<String, Long> {
    @Override
    public Class<String> getKeyType() {
      return String.class;
    }

    @Override
    public Class<Long> getValueType() {
      return Long.class;
    }

    @Override
    public boolean isStoreByValue() {
      return false;
    }
  }

  private static final class StreamCodec implements Codec<StreamValue> {
    @Override
    public int id() {
      return 1000;
    }

    @Override
    public byte[] encode(StreamValue value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public StreamValue decode(ByteBuffer bytes) {
      throw new UnsupportedOperationException();
    }
  }

  private static class Unkept implements Codec<String> {
    Unkept() {}

    @Override
    public int id() {
      return 1000;
    }

    @Override
    public byte[] encode(String value) {
      return value.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(ByteBuffer bytes) {
      return StandardCharsets.UTF_8.decode(bytes).toString();
    }
  }

  private static final class Kept extends Unkept implements Serializable {
    @Override
    public boolean equals(Object other) {
      return other instanceof Kept;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }
}
