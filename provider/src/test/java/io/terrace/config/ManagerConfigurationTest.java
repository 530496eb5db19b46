package io.terrace.config;

import static io.terrace.config.ConfigurationFiles.declared;
import static io.terrace.config.ConfigurationFiles.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.AwsSettings;
import io.terrace.Codec;
import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.InvalidSettingException;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.RedisSettings;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.TerraceConfigurationException;
import io.terrace.TierSettings;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagerConfigurationTest {
  private static final javax.cache.expiry.Duration HOUR = javax.cache.expiry.Duration.ONE_HOUR;

  @TempDir Path directory;

  @Test
  void aCacheWithoutAnythingIsTheHeap() {
    ManagerConfiguration configuration = load(directory, "");
    TerraceConfiguration<?, ?> made = configuration.resolve("any", new MutableConfiguration<>());
    assertThat(made)
        .isEqualTo(
            TerraceConfiguration.builder(new MutableConfiguration<>())
                .tier(HeapSettings.builder().build())
                .build());
    assertThat(configuration.declared("any")).isNull();
    assertThat(configuration.declaredNames()).isEmpty();
  }

  @Test
  void theDefaultsHoldForACacheWithoutASection() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace.defaults { tiers = [heap, disk]
                               heap { max-entries = 5, max-bytes = 2 KiB, ttl = 3s
                                      max-entry-size = 1 KiB }
                               disk { directory = /d, max-bytes = 10 GB, max-entry-size = 1 MiB
                                      region-size = 2 MiB, fsync = Interval, fsync-interval = 7 } }
            """);
    assertThat(tiers(configuration, "any"))
        .containsExactly(
            new HeapSettings(5, 2048L, Duration.ofSeconds(3), 1024L),
            new DiskSettings(
                Path.of("/d"),
                10_000_000_000L,
                1 << 20,
                2 << 20,
                DiskSettings.Fsync.INTERVAL,
                Duration.ofMillis(7)));
  }

  @Test
  void aSectionInheritsKeyByKeyAndNullInheritsNothing() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults { tiers = [heap, disk], heap { max-entries = 5, ttl = 3s }
                         disk { directory = /d, region-size = 32 MiB, max-entry-size = 16 MiB } }
              caches {
                same { }
                own { heap.max-entries = 6, disk.directory = /e }
                reset { heap.ttl = null, tiers = null, disk = null }
                small { tiers = [disk], disk.max-bytes = 8 MiB }
              }
            }
            """);
    DiskSettings disk =
        DiskSettings.builder(Path.of("/d")).regionBytes(32 << 20).maxEntryBytes(16 << 20).build();
    HeapSettings heap = new HeapSettings(5, null, Duration.ofSeconds(3));
    assertThat(tiers(configuration, "same")).containsExactly(heap, disk);
    assertThat(tiers(configuration, "own"))
        .containsExactly(
            new HeapSettings(6, null, Duration.ofSeconds(3)),
            DiskSettings.builder(Path.of("/e"))
                .regionBytes(32 << 20)
                .maxEntryBytes(16 << 20)
                .build());
    assertThat(tiers(configuration, "reset")).containsExactly(new HeapSettings(5, null, null));
    assertThat(tiers(configuration, "small"))
        .containsExactly(DiskSettings.builder(Path.of("/d")).maxBytes(8 << 20).build());
    assertThat(configuration.declaredNames()).containsExactly("own", "reset", "same", "small");
  }

  @Test
  void anInheritedSizeOfEntriesGivesWayToASmallHeap() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults.heap { max-entry-size = 16 MiB }
              caches.small.heap.max-bytes = 8 MiB
              caches.large.heap.max-bytes = 32 MiB
            }
            """);
    assertThat(tiers(configuration, "small"))
        .containsExactly(new HeapSettings(10_000, 8L << 20, null, 8L << 20));
    assertThat(tiers(configuration, "large"))
        .containsExactly(new HeapSettings(10_000, 32L << 20, null, 16L << 20));
  }

  @Test
  void aCacheOfStreamsHasItsSettingsAndTheInheritedOnes() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults {
                tiers = [heap, disk], disk.directory = d
                stream { chunk-size = 128 KiB, join-writes = true, lane-timeout = 3s }
              }
              caches {
                streams { value = stream
                          stream { chunk-size = 1 MiB, join-writes = false, fill-on-range = yes } }
                by-type { value-type = io.terrace.StreamValue }
                reset { value = stream, stream = null }
                typed { }
              }
            }
            """);
    TerraceConfiguration<?, ?> streams = declared(configuration, "streams");
    assertThat((Class<?>) streams.getValueType()).isEqualTo(StreamValue.class);
    assertThat(streams.stream())
        .isEqualTo(new StreamSettings(1 << 20, false, true, Duration.ofSeconds(3)));
    StreamSettings inherited = new StreamSettings(128 << 10, true, false, Duration.ofSeconds(3));
    assertThat(declared(configuration, "by-type").stream()).isEqualTo(inherited);
    assertThat(declared(configuration, "reset").stream()).isEqualTo(StreamSettings.DEFAULTS);
    assertThat(declared(configuration, "typed").stream()).isNull();

    MutableConfiguration<String, StreamValue> requested =
        new MutableConfiguration<String, StreamValue>().setTypes(String.class, StreamValue.class);
    assertThat(configuration.resolve("any", requested).stream()).isEqualTo(inherited);
    assertThat(configuration.resolve("streams", requested).stream()).isEqualTo(streams.stream());
    assertThat(configuration.resolve("typed", requested).stream()).isEqualTo(inherited);
    assertThat(configuration.resolve("any", new MutableConfiguration<>()).stream()).isNull();
  }

  @Test
  void aCacheOfStreamsIsNotCreatedWithAnotherTypeOrByReference() {
    ManagerConfiguration configuration = load(directory, "\nterrace.caches.c.value = stream");
    assertThatThrownBy(
            () ->
                configuration.resolve(
                    "c",
                    new MutableConfiguration<String, String>()
                        .setTypes(String.class, String.class)))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining("test.conf: 2: terrace.caches.c.value is io.terrace.StreamValue, but")
        .hasMessageContaining("java.lang.String");
    assertThatThrownBy(
            () ->
                configuration.resolve(
                    "c", new MutableConfiguration<Object, Object>().setStoreByValue(false)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("store-by-value must be true for streams");
  }

  @Test
  void promotionIsInheritedWhereTheStackHasTheTiers() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults {
                disk.directory = d
                promote.from-disk.to-heap = after(3)
              }
              caches {
                both { tiers = [heap, disk] }
                own { tiers = [heap, disk], promote { from-disk { to-heap = never } } }
                quoted { tiers = [heap, disk], promote.from-disk.to-heap = "after( 12 )" }
                reset { tiers = [heap, disk], promote = null }
                always { tiers = [heap, disk], promote.from-disk.to-heap = on-complete }
                heap { }
                disk { tiers = [disk] }
              }
            }
            """);
    assertThat(promoted(configuration, "both")).isEqualTo(Promotion.after(3));
    assertThat(promoted(configuration, "own")).isEqualTo(Promotion.NEVER);
    assertThat(promoted(configuration, "quoted")).isEqualTo(Promotion.after(12));
    assertThat(promoted(configuration, "reset")).isEqualTo(Promotion.ON_COMPLETE);
    assertThat(promoted(configuration, "always")).isEqualTo(Promotion.ON_COMPLETE);
    assertThat(declared(configuration, "heap").promotion()).isEqualTo(PromotionPolicy.ALWAYS);
    assertThat(declared(configuration, "disk").promotion()).isEqualTo(PromotionPolicy.ALWAYS);
    assertThat(configuration.resolve("any", new MutableConfiguration<>()).promotion())
        .isEqualTo(PromotionPolicy.ALWAYS);
  }

  @Test
  void theRedisOfACacheHasItsSettingsAndTheInheritedOnes() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults {
                tiers = [heap, redis]
                redis { uri = "rediss://one:6380", user = me, password = 1234, trust-store = t
                        trust-store-password = secret, namespace = shop, partitions = 16
                        max-entry-size = 1 MiB, chunk-size = 64 KiB, connections = 3
                        connect-timeout = 2s, command-timeout = 300 }
              }
              caches {
                same { }
                own { tiers = [redis], redis { uri = "redis-cluster://two", namespace = null } }
                reset { redis = null, tiers = null }
                untrusting { redis.trust-store = null }
              }
            }
            """);
    RedisSettings inherited =
        new RedisSettings(
            "rediss://one:6380",
            "me",
            "1234",
            "t",
            "secret",
            "shop",
            16,
            1 << 20,
            64 << 10,
            3,
            Duration.ofSeconds(2),
            Duration.ofMillis(300));
    HeapSettings heap = HeapSettings.builder().build();
    assertThat(tiers(configuration, "any")).containsExactly(heap, inherited);
    assertThat(tiers(configuration, "same")).containsExactly(heap, inherited);
    RedisSettings own = (RedisSettings) tiers(configuration, "own").get(0);
    assertThat(own.uri()).isEqualTo("redis-cluster://two");
    assertThat(own.namespace()).isNull();
    assertThat(own.partitions()).isEqualTo(16);
    assertThat(own.trustStore()).as("gives way to a URI without TLS").isNull();
    assertThat(own.trustStorePassword()).isNull();
    assertThat(tiers(configuration, "reset")).containsExactly(heap);
    RedisSettings untrusting = (RedisSettings) tiers(configuration, "untrusting").get(1);
    assertThat(untrusting.trustStore()).isNull();
    assertThat(untrusting.trustStorePassword()).isNull();
  }

  @Test
  void theAwsOfACacheHasItsSettingsAndTheInheritedOnes() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults {
                tiers = [heap, aws]
                aws { table = tab, bucket = bodies, prefix = "acme/", namespace = shop
                      region = eu-central-1, dynamodb-endpoint = "http://localhost:8000"
                      s3-endpoint = "http://localhost:9000", access-key = AKIA, secret-key = 1234
                      inline-limit = 0, max-entry-size = 2 GiB, part-size = 5 MiB
                      parts-in-flight = 3, partitions = 4, create = on, connections = 5
                      connect-timeout = 3s, request-timeout = 400, grace = 1m, sweep = true }
              }
              caches {
                same { }
                own { tiers = [aws], aws { table = other, access-key = null, secret-key = null
                                           create = false, bucket = null, inline-limit = null } }
                reset { aws = null, tiers = null }
              }
            }
            """);
    AwsSettings inherited =
        AwsSettings.builder("tab")
            .bucket("bodies")
            .prefix("acme/")
            .namespace("shop")
            .region("eu-central-1")
            .dynamoDbEndpoint(URI.create("http://localhost:8000"))
            .s3Endpoint(URI.create("http://localhost:9000"))
            .credentials("AKIA", "1234")
            .inlineLimitBytes(0)
            .maxEntryBytes(2L << 30)
            .partBytes(5 << 20)
            .partsInFlight(3)
            .partitions(4)
            .creating()
            .connections(5)
            .connectTimeout(Duration.ofSeconds(3))
            .requestTimeout(Duration.ofMillis(400))
            .grace(Duration.ofMinutes(1))
            .sweeping()
            .build();
    HeapSettings heap = HeapSettings.builder().build();
    assertThat(tiers(configuration, "any")).containsExactly(heap, inherited);
    assertThat(tiers(configuration, "same")).containsExactly(heap, inherited);
    AwsSettings own = (AwsSettings) tiers(configuration, "own").get(0);
    assertThat(own.table()).isEqualTo("other");
    assertThat(own.accessKey()).isNull();
    assertThat(own.create()).isFalse();
    assertThat(own.bucket()).isNull();
    assertThat(own.inlineLimitBytes()).isEqualTo(64 << 10);
    assertThat(own.sweep()).isTrue();
    assertThat(tiers(configuration, "reset")).containsExactly(heap);
  }

  @Test
  void verificationIsInheritedWhereATierIsShared() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults { tiers = [heap, aws], aws.table = tab, coherence.verify-after = 3s }
              caches { same { }, own { coherence.verify-after = 4s }, local { tiers = [heap] } }
            }
            """);
    assertThat(declared(configuration, "same").coherence().verifyAfter())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(declared(configuration, "own").coherence().verifyAfter())
        .isEqualTo(Duration.ofSeconds(4));
    assertThat(declared(configuration, "local").coherence()).isEqualTo(CoherenceSettings.DEFAULTS);
  }

  @Test
  void coherenceIsInheritedWhereATierIsShared() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              defaults {
                tiers = [heap, redis], redis.uri = "redis://one", disk.directory = d
                coherence { heartbeat = 2s, lease = 8s, on-lost-contact = Serve-Stale }
              }
              caches {
                same { }
                own { coherence { heartbeat = 3s, on-lost-contact = bypass, load-lease = 1m } }
                reset { coherence = null }
                long { coherence.heartbeat = 20s }
                short { coherence.lease = 1s }
                local { tiers = [heap, disk] }
                local-reset { tiers = [heap, disk], coherence = null }
              }
            }
            """);
    CoherenceSettings inherited = coherence(2, 8).servingStale();
    assertThat(declared(configuration, "same").coherence()).isEqualTo(inherited);
    assertThat(configuration.resolve("any", new MutableConfiguration<>()).coherence())
        .isEqualTo(inherited);
    assertThat(declared(configuration, "own").coherence())
        .isEqualTo(coherence(3, 8).withLoadLease(Duration.ofMinutes(1)));
    assertThat(declared(configuration, "long").coherence())
        .as("the inherited lease gives way")
        .isEqualTo(coherence(20, 20).servingStale());
    assertThat(declared(configuration, "short").coherence())
        .as("the inherited heartbeat gives way")
        .isEqualTo(coherence(1, 1).servingStale());
    for (String cache : List.of("reset", "local", "local-reset")) {
      assertThat(declared(configuration, cache).coherence())
          .as(cache)
          .isEqualTo(CoherenceSettings.DEFAULTS);
    }
  }

  @Test
  void theDefaultsOfHeartbeatAndLeaseGiveWayToOneAnother() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace.defaults { tiers = [redis], redis.uri = "redis://one" }
            terrace.caches {
              long { coherence.heartbeat = 20s }
              short { coherence.lease = 500ms }
            }
            """);
    assertThat(declared(configuration, "long").coherence()).isEqualTo(coherence(20, 20));
    Duration half = Duration.ofMillis(500);
    assertThat(declared(configuration, "short").coherence())
        .isEqualTo(CoherenceSettings.DEFAULTS.withHeartbeat(half, half));
  }

  private static CoherenceSettings coherence(int heartbeatSeconds, int leaseSeconds) {
    return CoherenceSettings.DEFAULTS.withHeartbeat(
        Duration.ofSeconds(heartbeatSeconds), Duration.ofSeconds(leaseSeconds));
  }

  private static Promotion promoted(ManagerConfiguration configuration, String cache) {
    return declared(configuration, cache).promotion().of("disk", "heap");
  }

  @Test
  void whatCodeSaysOfStreamsAndPromotionStaysWhenTheFileAllowsMoreClasses() {
    TerraceConfiguration<String, StreamValue> complete =
        TerraceConfiguration.builder(String.class, StreamValue.class)
            .tier(HeapSettings.builder().build())
            .tier(DiskSettings.builder(Path.of("d")).build())
            .stream(StreamSettings.DEFAULTS.joiningWrites())
            .promotion("disk", "heap", Promotion.NEVER)
            .allowClasses("com.acme.A")
            .build();
    ManagerConfiguration configuration =
        load(directory, "terrace.serialization.allow = [com.acme.B]");
    assertThat(configuration.resolve("any", complete))
        .isEqualTo(complete.allowing(List.of("com.acme.B")));
    assertThat(configuration.resolve("any", complete).allowedClasses())
        .containsExactly("com.acme.A", "com.acme.B");
  }

  @Test
  void aDeclaredCacheHasEverythingItsSectionSays() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace {
              serialization.allow = ["com.acme.**", com.acme.Price]
              caches."com.acme.Product" {
                key-type = java.lang.String, value-type = "byte[]", value = typed
                codec = "%s"
                expiry.created = 1h
                store-by-value = off, statistics = yes, management = true
                read-through = false, write-through = false
              }
            }
            """
                .formatted(Bytes.class.getName()));
    TerraceConfiguration<?, ?> declared = declared(configuration, "com.acme.Product");
    assertThat(declared.valueCodec()).isInstanceOf(Bytes.class);
    assertThat(declared)
        .isEqualTo(
            TerraceConfiguration.builder(
                    new MutableConfiguration<String, byte[]>()
                        .setTypes(String.class, byte[].class)
                        .setStoreByValue(false)
                        .setStatisticsEnabled(true)
                        .setManagementEnabled(true)
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(HOUR)))
                .valueCodec(new Bytes())
                .allowClasses("com.acme.**", "com.acme.Price")
                .build());
  }

  @Test
  void eachExpiryPolicy() {
    assertThat(expiry("created = 1h")).isEqualTo(CreatedExpiryPolicy.factoryOf(HOUR));
    assertThat(expiry("accessed = 1h")).isEqualTo(AccessedExpiryPolicy.factoryOf(HOUR));
    assertThat(expiry("modified = 1h")).isEqualTo(ModifiedExpiryPolicy.factoryOf(HOUR));
    assertThat(expiry("touched = 1h")).isEqualTo(TouchedExpiryPolicy.factoryOf(HOUR));
    assertThat(expiry("touched = 1500"))
        .isEqualTo(
            TouchedExpiryPolicy.factoryOf(
                new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, 1500)));
    assertThat(expiry("modified = eternal")).isEqualTo(EternalExpiryPolicy.factoryOf());
    assertThat(expiry("")).isEqualTo(EternalExpiryPolicy.factoryOf());
  }

  private Factory<ExpiryPolicy> expiry(String text) {
    ManagerConfiguration configuration =
        load(directory, "terrace.caches.c.expiry { " + text + " }");
    return declared(configuration, "c").getExpiryPolicyFactory();
  }

  @Test
  void theApplicationsChoiceStaysAndTheFileFillsInTheRest() {
    ManagerConfiguration configuration =
        load(
            directory,
            """
            terrace.caches.c { tiers = [disk], disk.directory = d, expiry.created = 1h
                               store-by-value = true, statistics = false, management = true }
            """);
    MutableConfiguration<Object, Object> requested =
        new MutableConfiguration<>()
            .setStoreByValue(false)
            .setStatisticsEnabled(true)
            .setExpiryPolicyFactory(TouchedExpiryPolicy.factoryOf(HOUR));
    TerraceConfiguration<Object, Object> made = configuration.resolve("c", requested);
    assertThat(made)
        .isEqualTo(
            TerraceConfiguration.builder(
                    new MutableConfiguration<>(requested).setManagementEnabled(true))
                .tier(DiskSettings.builder(Path.of("d")).build())
                .build());
  }

  @Test
  void aPlainConfigurationTakesTheFileAsWell() {
    ManagerConfiguration configuration =
        load(directory, "terrace.caches.c { value-type = java.lang.Long, statistics = true }");
    Configuration<String, Object> plain =
        new Configuration<>() {
          @Override
          public Class<String> getKeyType() {
            return String.class;
          }

          @Override
          public Class<Object> getValueType() {
            return Object.class;
          }

          @Override
          public boolean isStoreByValue() {
            return false;
          }
        };
    TerraceConfiguration<String, Object> made = configuration.resolve("c", plain);
    assertThat(made.getKeyType()).isEqualTo(String.class);
    assertThat((Class<?>) made.getValueType()).isEqualTo(Long.class);
    assertThat(made.isStoreByValue()).isFalse();
    assertThat(made.isStatisticsEnabled()).isTrue();
  }

  @Test
  void typesThatContradictTheFileAreAnError() {
    ManagerConfiguration configuration =
        load(directory, "terrace.caches.c {\nkey-type = java.lang.String }");
    MutableConfiguration<Integer, Object> requested =
        new MutableConfiguration<Integer, Object>().setTypes(Integer.class, Object.class);
    assertThatThrownBy(() -> configuration.resolve("c", requested))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining(
            "test.conf: 2: terrace.caches.c.key-type is java.lang.String, but the cache is created"
                + " with java.lang.Integer");
  }

  @Test
  void readAndWriteThroughNeedWhatOnlyCodeCanGive() {
    ManagerConfiguration configuration =
        load(directory, "terrace.caches { r.read-through = true, w.write-through = true }");
    assertThatThrownBy(() -> configuration.declared("r"))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining("terrace.caches.r.read-through needs a CacheLoader");
    assertThatThrownBy(() -> configuration.resolve("w", new MutableConfiguration<>()))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining("terrace.caches.w.write-through needs a CacheWriter");

    MutableConfiguration<String, String> given =
        new MutableConfiguration<String, String>()
            .setCacheLoaderFactory(
                new FactoryBuilder.ClassFactory<CacheLoader<String, String>>("l"))
            .setCacheWriterFactory(
                new FactoryBuilder.ClassFactory<CacheWriter<? super String, ? super String>>("w"));
    assertThat(configuration.resolve("r", given).isReadThrough()).isTrue();
    assertThat(configuration.resolve("r", given).isWriteThrough()).isFalse();
    assertThat(configuration.resolve("w", given).isWriteThrough()).isTrue();
  }

  @Test
  void aConfigurationWithTiersOfItsOwnStaysAsItIsButForTheAllowList() {
    TerraceConfiguration<String, Long> own =
        TerraceConfiguration.builder(String.class, Long.class)
            .tier(HeapSettings.builder().maxEntries(3).build())
            .allowClasses("com.acme.A")
            .build();
    assertThat(load(directory, "terrace.caches.c.statistics = true").resolve("c", own))
        .isSameAs(own);
    assertThat(load(directory, "terrace.serialization.allow = [com.acme.B]").resolve("c", own))
        .isEqualTo(
            TerraceConfiguration.builder(String.class, Long.class)
                .tier(HeapSettings.builder().maxEntries(3).build())
                .allowClasses("com.acme.A", "com.acme.B")
                .build());
  }

  @Test
  void propertiesOverrideTheFile() {
    Properties inherited = new Properties();
    inherited.setProperty("terrace.defaults.heap.ttl", "9s");
    Properties properties = new Properties(inherited);
    properties.setProperty("terrace.defaults.tiers", "heap, disk");
    properties.setProperty("terrace.defaults.disk.directory", "C:\\cache \"x\"");
    properties.put("terrace.defaults.heap.max-entries", 12);
    properties.put("terrace.serialization.allow", List.of("com.acme.A"));
    properties.setProperty("terrace.caches.\"a.b\".tiers", "heap");
    properties.setProperty("other.setting", "ignored");
    properties.put(5, "ignored");
    ManagerConfiguration configuration =
        load(
            directory,
            "terrace.defaults { heap { max-entries = 1, ttl = 1s }, disk.max-bytes = 1 GiB }",
            properties);
    assertThat(tiers(configuration, "any"))
        .containsExactly(
            new HeapSettings(12, null, Duration.ofSeconds(9)),
            DiskSettings.builder(Path.of("C:\\cache \"x\"")).maxBytes(1 << 30).build());
    assertThat(configuration.resolve("any", new MutableConfiguration<>()).allowedClasses())
        .containsExactly("com.acme.A");
    assertThat(tiers(configuration, "a.b")).hasSize(1);
  }

  @Test
  void substitutionsSeeEnvironmentAndSystemProperties() {
    String path = System.getenv("PATH");
    assertThat(path).as("a variable to test with").isNotEmpty();
    ManagerConfiguration configuration =
        load(
            directory,
            """
            size = 3 MiB
            terrace.defaults {
              tiers = [disk]
              disk { directory = ${java.io.tmpdir}/x, max-bytes = ${size}, region-size = 1 MiB
                     region-size = ${?TERRACE_A_VARIABLE_NOBODY_SETS} }
            }
            terrace.caches.c.disk.directory = ${?PATH}
            """);
    assertThat(tiers(configuration, "any"))
        .containsExactly(
            DiskSettings.builder(Path.of(System.getProperty("java.io.tmpdir") + "/x"))
                .maxBytes(3 << 20)
                .regionBytes(1 << 20)
                .build());
    assertThat(((DiskSettings) tiers(configuration, "c").get(0)).directory())
        .isEqualTo(Path.of(path));
  }

  @Test
  void systemPropertiesAreNoSettings() {
    System.setProperty("terrace.defaults.heap.max-entries", "3");
    try {
      assertThat(tiers(load(directory, "terrace { }"), "any"))
          .containsExactly(HeapSettings.builder().build());
    } finally {
      System.clearProperty("terrace.defaults.heap.max-entries");
    }
  }

  private static List<TierSettings> tiers(ManagerConfiguration configuration, String cache) {
    return configuration.resolve(cache, new MutableConfiguration<>()).tiers();
  }

  public static final class Bytes implements Codec<byte[]> {
    @Override
    public int id() {
      return 1000;
    }

    @Override
    public byte[] encode(byte[] value) {
      return value;
    }

    @Override
    public byte[] decode(ByteBuffer bytes) {
      return StandardCharsets.UTF_8.decode(bytes).toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }
}
