package io.terrace.config;

import static io.terrace.config.ConfigurationFiles.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Codec;
import io.terrace.TerraceConfigurationException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each mistake, and that its message names file, line, key and remedy. */
class ConfigurationErrorsTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "defualts { }               | defualts is not a setting: did you mean 'defaults'?",
        "zzzzzzzz = 1               | zzzzzzzz is not a setting: known here are serialization, defaults, caches",
        "defaults.heap.max-entrys=1 | defaults.heap.max-entrys is not a setting: did you mean 'max-entries'?",
        "defaults.heap.maxEntries=1 | defaults.heap.maxEntries is not a setting: did you mean 'max-entries'?",
        "defaults.heap.MAX_BYTES=1  | defaults.heap.MAX_BYTES is not a setting: did you mean 'max-bytes'?",
        "defaults.expiry.created=1h | defaults.expiry is not a setting: known here are tiers, heap, disk, redis, aws, promote, stream, coherence",
        "serialization.alow = []    | serialization.alow is not a setting: did you mean 'allow'?",
        "serialization.allow = ['']| serialization.allow must have names like com.acme.Order, com.acme.* or com.acme.**, not ''",
        "serialization.allow=['a.***']| serialization.allow must have names like com.acme.Order, com.acme.* or com.acme.**, not 'a.***'",
        "serialization.allow { }    | serialization.allow must be a list such as [a, b], not a section",
        "caches.c.tier = [heap]     | caches.c.tier is not a setting: did you mean 'tiers'?",
        "caches.c.disk.fsink=never  | caches.c.disk.fsink is not a setting: did you mean 'fsync'?",
        "caches.c.expiry.createt=1h | caches.c.expiry.createt is not a setting: did you mean 'created'?",
        "caches.com.acme.heap { }   | caches.com.acme is not a setting: known here are tiers, heap, disk, redis, aws, promote, stream, coherence, expiry, key-type, value-type, value, codec, store-by-value, read-through, write-through, statistics, management (the name of a cache that has dots must stand in quotes)",
        "caches.'a.b'.heap.x.y = 1  | caches.'a.b'.heap.x is not a setting: known here are max-entries, max-bytes, max-entry-size, ttl",
        "defaults.stream.chunksize=1| defaults.stream.chunksize is not a setting: did you mean 'chunk-size'?",
        "caches.c{value=stream, stream.join-write=on} | caches.c.stream.join-write is not a setting: did you mean 'join-writes'?",
        "defaults.promote.disk { }  | defaults.promote.disk is not a setting: known here are from-disk, from-redis, from-aws",
        "caches.c.promote.from-dsk{}| caches.c.promote.from-dsk is not a setting: did you mean 'from-disk'?",
        "caches.c.promote.from-disk.to-hep=never | caches.c.promote.from-disk.to-hep is not a setting: did you mean 'to-heap'?",
        "caches.c.promote.from-heap{} | caches.c.promote.from-heap is not a setting: known here are from-disk, from-redis, from-aws",
        "defaults.promote.from-asw{}| defaults.promote.from-asw is not a setting: did you mean 'from-aws'?",
        "caches.c.aws.tabel=x       | caches.c.aws.tabel is not a setting: did you mean 'table'?",
        "defaults.aws.dynamo-endpoint='http://h' | defaults.aws.dynamo-endpoint is not a setting: did you mean 'dynamodb-endpoint'?",
        "caches.c.aws.secretKey='s' | caches.c.aws.secretKey is not a setting: did you mean 'secret-key'?",
        "caches.c.aws.zzzzzzzz=1    | caches.c.aws.zzzzzzzz is not a setting: known here are table, bucket, prefix, namespace, region, dynamodb-endpoint, s3-endpoint, access-key, secret-key, inline-limit, max-entry-size, part-size, parts-in-flight, partitions, create, connections, connect-timeout, request-timeout, grace, sweep",
        "caches.c.aws = table       | caches.c.aws must be a section 'aws { ... }', not 'table'",
        "caches.c.promote.from-redi{}| caches.c.promote.from-redi is not a setting: did you mean 'from-redis'?",
        "defaults.redis.url='x'     | defaults.redis.url is not a setting: did you mean 'uri'?",
        "caches.c.redis.pasword='secret' | caches.c.redis.pasword is not a setting: did you mean 'password'?",
        "caches.c.redis.trustStore='x' | caches.c.redis.trustStore is not a setting: did you mean 'trust-store'?",
        "caches.c.redis.zzzzzzzz=1  | caches.c.redis.zzzzzzzz is not a setting: known here are uri, user, password, trust-store, trust-store-password, namespace, partitions, max-entry-size, chunk-size, connections, connect-timeout, command-timeout",
        "caches.c.redis = 'redis://localhost' | caches.c.redis must be a section 'redis { ... }', not 'redis://localhost'",
        "defaults.coherence.hartbeat=1s | defaults.coherence.hartbeat is not a setting: did you mean 'heartbeat'?",
        "defaults.coherence.verifyAfter=1s | defaults.coherence.verifyAfter is not a setting: did you mean 'verify-after'?",
        "caches.c.promote = never   | caches.c.promote must be a section 'promote { ... }', not 'never'",
        "caches.c.promote.from-disk = never | caches.c.promote.from-disk must be a section 'from-disk { ... }', not 'never'",
        "caches.c = 5               | caches.c must be a section 'c { ... }', not '5'",
        "caches.c.heap = [heap]     | caches.c.heap must be a section 'heap { ... }', not a list",
      })
  void aNameThatIsNotKnown(String setting, String message) {
    assertRefused(setting, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "heap.max-entries = 0       | heap.max-entries must be at least 1, not 0",
        "heap.max-entries = -3      | heap.max-entries must be at least 1, not -3",
        "heap.max-entries = many    | heap.max-entries must be a whole number, not 'many'",
        "heap.max-entries = 1.5     | heap.max-entries must be a whole number, not '1.5'",
        "heap.max-entries = 99999999999999999999 | heap.max-entries must be a whole number, not '99999999999999999999'",
        "heap.max-bytes = 0         | heap.max-bytes must be at least 1, not 0",
        "heap.max-bytes = -1 MiB    | heap.max-bytes must be a size such as 512 KiB, 64 MiB or 10 GiB, not '-1 MiB'",
        "heap.max-bytes = []        | heap.max-bytes must be a size such as 512 KiB, 64 MiB or 10 GiB, not a list",
        "heap.max-entry-size = 0    | heap.max-entry-size must be at least 1, not 0",
        "heap {max-bytes = 1 MiB, max-entry-size = 2 MiB} | heap.max-entry-size must be at most heap.max-bytes, which is 1048576 bytes, not 2097152",
        "promote.from-disk.to-heap=sometimes | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not 'sometimes'",
        "promote.from-disk.to-heap=after | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not 'after'",
        "promote.from-disk.to-heap=after(0) | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not 'after(0)'",
        "promote.from-disk.to-heap='after(-1)' | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not 'after(-1)'",
        "promote.from-disk.to-heap='after(9999999999)' | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not 'after(9999999999)'",
        "promote.from-disk.to-heap=[never] | promote.from-disk.to-heap must be never, on-complete or after(n) with n from 1, not a list",
        "heap.ttl = 0s              | heap.ttl must be at least 1 ms, not PT0S",
        "heap.ttl = -1s             | heap.ttl must be at least 1 ms, not PT-1S",
        "heap.ttl = 5 lightyears    | heap.ttl must be a duration such as 500ms, 30s, 10m or 1h, not '5 lightyears'",
        "disk.max-bytes = 10 GBB    | disk.max-bytes must be a size such as 512 KiB, 64 MiB or 10 GiB, not '10 GBB'",
        "disk.max-bytes = 0         | disk.max-bytes must be at least 1, not 0",
        "disk.max-entry-size = 0    | disk.max-entry-size must be at least 1, not 0",
        "disk.max-entry-size=11 GiB | disk.max-entry-size must be at most disk.max-bytes, which is 10737418240 bytes, not 11811160064",
        "disk.region-size = 11 GiB  | disk.region-size must be at most disk.max-bytes, which is 10737418240 bytes, not 11811160064",
        "disk.region-size = 0       | disk.region-size must be at least 1, not 0",
        "disk.fsync = sometimes     | disk.fsync must be one of never, interval, always, not 'sometimes'",
        "disk.fsync-interval = 0    | disk.fsync-interval must be at least 1 ms, not PT0S",
        "disk.directory = ''        | disk.directory must be a path, not ''",
        "disk.directory { }         | disk.directory must be a string, not a section",
        "redis.uri = 'localhost:6379' | redis.uri must begin with redis://, rediss://, redis-cluster://, rediss-cluster://, redis-sentinel:// or rediss-sentinel://, as redis://localhost:6379 does",
        "redis.uri = ''             | redis.uri must begin with redis://, rediss://, redis-cluster://, rediss-cluster://, redis-sentinel:// or rediss-sentinel://, as redis://localhost:6379 does",
        "redis.uri = 'redis-sentinel://one:26379' | redis.uri must end in the name of the master, as redis-sentinel://one:26379,two:26379/mymaster does",
        "redis.uri { }              | redis.uri must be a string, not a section",
        "redis.user = ''            | redis.user must not be blank",
        "redis.password = ' '       | redis.password must not be blank",
        "redis.password = [secret]  | redis.password must be a string, not a list",
        "redis.trust-store = ''     | redis.trust-store must not be blank",
        "redis { uri = 'redis://h', trust-store = t } | redis.trust-store is for TLS: begin redis.uri with rediss://, rediss-cluster:// or rediss-sentinel://",
        "redis.trust-store-password = secret | redis.trust-store-password needs a 'redis.trust-store'",
        "redis.namespace = ''       | redis.namespace must not be blank",
        "redis.namespace = '{a}'    | redis.namespace must have no braces, not '{a}'",
        "redis.partitions = 0       | redis.partitions must be from 1 to 1024, not 0",
        "redis.partitions = 1025    | redis.partitions must be from 1 to 1024, not 1025",
        "redis.partitions = 4294967297 | redis.partitions must be from 1 to 1024, not 4294967297",
        "redis.partitions = some    | redis.partitions must be a whole number, not 'some'",
        "redis.max-entry-size = 0   | redis.max-entry-size must be at least 1, not 0",
        "redis.max-entry-size = 8MX | redis.max-entry-size must be a size such as 512 KiB, 64 MiB or 10 GiB, not '8MX'",
        "redis.chunk-size = 63 KiB  | redis.chunk-size must be from 65536 to 983040, not 64512",
        "redis.chunk-size = 1 MiB   | redis.chunk-size must be from 65536 to 983040, not 1048576",
        "redis.connections = 0      | redis.connections must be from 1 to 10000, not 0",
        "redis.connections = 4294967297 | redis.connections must be from 1 to 10000, not 4294967297",
        "redis.connect-timeout = 0s | redis.connect-timeout must be at least 1 ms, not PT0S",
        "redis.command-timeout = 0s | redis.command-timeout must be at least 1 ms, not PT0S",
        "redis.command-timeout = soon | redis.command-timeout must be a duration such as 500ms, 30s, 10m or 1h, not 'soon'",
        "tiers = [heap, redis]      | tiers has the tier 'redis', which needs a 'redis.uri' such as redis://localhost:6379",
        "tiers = [heap, reds]       | tiers names 'reds', which is no tier: did you mean 'redis'?",
        "tiers = []                 | tiers must name at least one tier: heap, disk, redis, aws",
        "tiers = [heap, heap]       | tiers must name 'heap' only once",
        "tiers = [heap, disk]       | tiers has the tier 'disk', which needs a 'disk.directory'",
        "tiers = [heap, dsk]        | tiers names 'dsk', which is no tier: did you mean 'disk'?",
        "tiers = [heap, tape]       | tiers names 'tape', which is no tier: known are heap, disk, redis, aws",
        "tiers = [heap, aws]        | tiers has the tier 'aws', which needs an 'aws.table'",
        "tiers = [heap, awz]        | tiers names 'awz', which is no tier: did you mean 'aws'?",
        "aws.table = ''             | aws.table must be 3 to 255 letters, digits, '_', '-' and '.', not ''",
        "aws.table = 'a/b/c'        | aws.table must be 3 to 255 letters, digits, '_', '-' and '.', not 'a/b/c'",
        "aws.table { }              | aws.table must be a string, not a section",
        "aws.bucket = Bodies        | aws.bucket must be 3 to 63 small letters, digits, '-' and '.', the first and the last one a letter or digit, not 'Bodies'",
        "aws.prefix = terrace       | aws.prefix must be like 'terrace/', of letters, digits and any of !_.*'()- between slashes, up to 200 characters, not 'terrace'",
        "aws.namespace = ' '        | aws.namespace must not be blank",
        "aws.region = Frankfurt     | aws.region must be like eu-central-1, not 'Frankfurt'",
        "aws.dynamodb-endpoint='localhost:8000' | aws.dynamodb-endpoint must be like http://localhost:8000, without user, query and fragment",
        "aws.s3-endpoint='http://me:s3cret@h' | aws.s3-endpoint must be like http://localhost:8000, without user, query and fragment",
        "aws.s3-endpoint='http://me:s3 cret@h' | aws.s3-endpoint must be like http://localhost:8000",
        "aws.access-key = a         | aws.access-key needs an 'aws.secret-key'",
        "aws.secret-key = s3cret    | aws.secret-key needs an 'aws.access-key'",
        "aws { access-key = a, secret-key = '' } | aws.secret-key must not be blank",
        "aws { access-key = '', secret-key = s } | aws.access-key must not be blank",
        "aws { bucket = bodies, inline-limit = 301 KiB } | aws.inline-limit must be from 0 to 307200, not 308224",
        "aws.inline-limit = 0       | aws.inline-limit must be at least 1 without an 'aws.bucket', not 0",
        "aws.max-entry-size = 0     | aws.max-entry-size must be at least 1, not 0",
        "aws.max-entry-size = 1 TiB | aws.max-entry-size must be at most 10000 times aws.part-size, which is 83886080000 bytes, not 1099511627776",
        "aws { part-size = 5 MiB, max-entry-size = 50 GiB } | aws.max-entry-size must be at most 10000 times aws.part-size, which is 52428800000 bytes, not 53687091200",
        "aws.part-size = 4 MiB      | aws.part-size must be from 5242880 to 536870912, not 4194304",
        "aws.part-size = 513 MiB    | aws.part-size must be from 5242880 to 536870912, not 537919488",
        "aws.parts-in-flight = 17   | aws.parts-in-flight must be from 1 to 16, not 17",
        "aws.partitions = 257       | aws.partitions must be from 1 to 256, not 257",
        "aws.create = maybe         | aws.create must be true or false, not 'maybe'",
        "aws.connections = 0        | aws.connections must be from 1 to 10000, not 0",
        "aws.connect-timeout = 0s   | aws.connect-timeout must be at least 1 ms, not PT0S",
        "aws.request-timeout = 0s   | aws.request-timeout must be at least 1 ms, not PT0S",
        "aws.grace = 0s             | aws.grace must be at least 1 ms, not PT0S",
        "aws.sweep = often          | aws.sweep must be true or false, not 'often'",
      })
  void aTierThatCannotBe(String setting, String message) {
    assertRefused("defaults." + setting, "defaults." + message);
    assertRefused("caches.c." + setting, "caches.c." + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "value = typd               | value must be one of typed, stream, not 'typd'",
        "value=stream, value-type=java.lang.String | value-type must be io.terrace.StreamValue for streams, or be left out",
        "value=typed, value-type=io.terrace.StreamValue | value must be 'stream' for values of io.terrace.StreamValue",
        "value=stream, codec='io.terrace.config.ManagerConfigurationTest$Bytes' | codec cannot be set for streams: their bytes are stored as they are",
        "value=stream, store-by-value=false | store-by-value must be true for streams: they are read when they are stored",
        "value-type=io.terrace.StreamValue, store-by-value=false | store-by-value must be true for streams: they are read when they are stored",
        "stream.join-writes=true    | stream is for streams: set 'value = stream', or remove it",
        "value=stream, stream=on  | stream must be a section 'stream { ... }', not 'on'",
        "value=stream, stream.chunk-size=63KiB | stream.chunk-size must be from 64 KiB to 1 MiB, not 64512 bytes",
        "value=stream, stream.chunk-size=8GiB | stream.chunk-size must be from 64 KiB to 1 MiB, not 8589934592 bytes",
        "value=stream, stream.chunk-size=big | stream.chunk-size must be a size such as 512 KiB, 64 MiB or 10 GiB, not 'big'",
        "value=stream, stream.join-writes=2 | stream.join-writes must be true or false, not '2'",
        "value=stream, stream.fill-on-range=x | stream.fill-on-range must be true or false, not 'x'",
        "value=stream, stream.lane-timeout=0s | stream.lane-timeout must be at least 1 ms, not PT0S",
        "promote.from-disk.to-heap=never | promote.from-disk.to-heap names 'disk', which is not among the tiers [heap]",
        "tiers=[heap,disk], disk.directory=d, promote.from-disk.to-disk=never | promote.from-disk.to-disk does not go up: 'disk' is not above 'disk'",
        "promote.from-redis.to-disk=never | promote.from-redis.to-disk names 'redis', which is not among the tiers [heap]",
        "tiers=[heap,disk,redis], disk.directory=d, redis.uri='redis://h', promote.from-disk.to-redis=never | promote.from-disk.to-redis does not go up: 'redis' is not above 'disk'",
        "coherence { }              | coherence is for stacks with a shared tier: add redis or aws to the tiers, or remove it",
        "coherence.heartbeat = 1s   | coherence is for stacks with a shared tier: add redis or aws to the tiers, or remove it",
        "tiers=[heap,disk], disk.directory=d, coherence.lease=9s | coherence is for stacks with a shared tier: add redis or aws to the tiers, or remove it",
        "expiry.created = soon      | expiry.created must be a duration such as 500ms, 30s, 10m or 1h, or eternal, not 'soon'",
        "expiry.touched = 0         | expiry.touched must be at least 1 ms, or eternal",
        "expiry.touched = 900us     | expiry.touched must be at least 1 ms, or eternal",
        "expiry.accessed = -1s      | expiry.accessed must be at least 1 ms, or eternal",
        "expiry {created = 1h, touched = 2h} | expiry.touched cannot stand beside 'created': a cache has one expiry policy",
        "statistics = often         | statistics must be true or false, not 'often'",
        "store-by-value = 1         | store-by-value must be true or false, not '1'",
        "key-type = com.acme.None   | key-type names the class 'com.acme.None', which the class loader does not find",
        "value-type = int           | value-type names the class 'int', which the class loader does not find",
        "codec = com.acme.None      | codec names the class 'com.acme.None', which the class loader does not find",
        "codec = java.lang.String   | codec names java.lang.String, which is no io.terrace.Codec",
        "codec = io.terrace.Codec   | codec names io.terrace.Codec, which must be a public class with a public constructor without arguments",
      })
  void aSettingOfACacheThatCannotBe(String setting, String message) {
    assertRefused("caches.c { " + setting + " }", "caches.c." + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "heartbeat = 0s             | heartbeat must be at least 1 ms, not PT0S",
        "heartbeat = often          | heartbeat must be a duration such as 500ms, 30s, 10m or 1h, not 'often'",
        "lease = 0s                 | lease must be at least 1 ms, not PT0S",
        "heartbeat = 2s, lease = 1s | lease must be at least coherence.heartbeat, which is PT2S, not PT1S",
        "load-lease = 0s            | load-lease must be at least 1 ms, not PT0S",
        "verify-after = 0s          | verify-after must be at least 1 ms, not PT0S",
        "on-lost-contact = fail     | on-lost-contact must be one of bypass, serve-stale, not 'fail'",
      })
  void aCoherenceThatCannotBe(String settings, String message) {
    assertRefused("defaults.coherence { " + settings + " }", "defaults.coherence." + message);
    assertRefused(
        "caches.c { tiers=[redis], redis.uri='redis://h', coherence { " + settings + " } }",
        "caches.c.coherence." + message);
  }

  @Test
  void aUriThatIsWrongIsNotShown() {
    String refusal =
        refusal(
            directory,
            "terrace.defaults { tiers = [redis], redis.uri = \"redis://me:s3cret@host:x\" }");
    assertThat(refusal).contains("terrace.defaults.redis.uri must").doesNotContain("s3cret");
    assertThat(refusal.lines()).as("not missing as well").hasSize(1);
  }

  @Test
  void aCodecThatIsOneOfOurIdsOrFails() {
    assertRefused(
        "caches.c.codec = \"" + LowId.class.getName() + "\"",
        "caches.c.codec names "
            + LowId.class.getName()
            + ", whose id must be at least 1000, not 7");
    assertRefused(
        "caches.c.codec = \"" + Failing.class.getName() + "\"",
        "caches.c.codec names "
            + Failing.class.getName()
            + ", whose constructor threw java.lang.IllegalStateException: no table");
  }

  @Test
  void aHeapThatIsNotOnTop() {
    assertRefused(
        "defaults { tiers = [disk, heap], disk.directory = d }",
        "defaults.tiers must have 'heap' on top, as it is the nearest: [heap, disk]");
  }

  @Test
  void aLocalTierBelowTheLowestSharedOne() {
    assertRefused(
        "defaults { tiers = [heap, redis, disk], disk.directory = d, redis.uri = 'redis://h' }",
        "defaults.tiers has a local tier below the lowest shared one: use [heap, disk, redis]");
    assertRefused(
        "caches.c { tiers = [redis, disk], disk.directory = d, redis.uri = 'redis://h' }",
        "caches.c.tiers has a local tier below the lowest shared one: use [disk, redis]");
    assertRefused(
        "caches.c { tiers = [redis, disk, heap], disk.directory = d, redis.uri = 'redis://h' }",
        "caches.c.tiers must have 'heap' on top, as it is the nearest: [heap, disk, redis]");
    assertThat(refusal(directory, "terrace.defaults.tiers = [heap, redis, disk]").lines())
        .as("what is missing is reported with it")
        .hasSize(4);
    assertRefused(
        "defaults { tiers = [heap, aws, disk], disk.directory = d, aws.table = tab }",
        "defaults.tiers has a local tier below the lowest shared one: use [heap, disk, aws]");
  }

  @Test
  void redisBelowAws() {
    for (String tiers : List.of("[aws, redis]", "[heap, aws, redis]")) {
      assertRefused(
          "caches.c { tiers = " + tiers + ", aws.table = tab, redis.uri = 'redis://h' }",
          "caches.c.tiers has 'redis' below 'aws': what is durable is the lowest, put aws last");
    }
  }

  @Test
  void allProblemsAreReportedTogetherInTheOrderOfTheLines() {
    String refusal =
        refusal(
            directory,
            """
            terrace {
              defaults.heap.max-entries = none
              caches {
                b { heap.ttl = 0s }
                a {
                  disk { max-bytes = 1 MiB, max-entry-size = 2 MiB
                         region-size = 3 MiB }
                  heap.ttl = 1
                  tirs = [heap]
                }
              }
            }
            """);
    String file = directory.resolve("test.conf").toString();
    assertThat(refusal.lines().toList())
        .containsExactly(
            "the configuration is not valid, 5 problems:",
            "  "
                + file
                + ": 2: terrace.defaults.heap.max-entries must be a whole number, not 'none'",
            "  " + file + ": 4: terrace.caches.b.heap.ttl must be at least 1 ms, not PT0S",
            "  "
                + file
                + ": 6: terrace.caches.a.disk.max-entry-size must be at most disk.max-bytes,"
                + " which is 1048576 bytes, not 2097152",
            "  "
                + file
                + ": 7: terrace.caches.a.disk.region-size must be at most disk.max-bytes,"
                + " which is 1048576 bytes, not 3145728",
            "  " + file + ": 9: terrace.caches.a.tirs is not a setting: did you mean 'tiers'?");
  }

  @Test
  void aProblemOfAnIncludedFileNamesThatFile() {
    Path included = ConfigurationFiles.write(directory, "more.conf", "\nterrace.default { }");
    assertThat(refusal(directory, "include \"more.conf\""))
        .contains(included + ": 2: terrace.default");
  }

  @Test
  void aFileWithoutOurSection() {
    assertThat(refusal(directory, "\nterace { defaults { } }"))
        .endsWith("test.conf: 2: terace is not a section: did you mean 'terrace'?");
    assertThat(refusal(directory, "caches { }"))
        .endsWith("test.conf has no section 'terrace': all settings stand in 'terrace { ... }'");
    assertThat(refusal(directory, "terrace = 5"))
        .endsWith("test.conf: 1: terrace must be a section 'terrace { ... }', not '5'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "terrace { defaults {                  | expecting a close parentheses",
        "terrace.defaults.heap.max-entries = ] | Expecting a value but got wrong token",
        "terrace.defaults.heap.ttl = ${ttl}    | Could not resolve substitution to a value: ${ttl}",
        "include required(file(\"none.conf\")) | none.conf",
      })
  void aFileThatIsNotHocon(String text, String reason) {
    assertThat(refusal(directory, "\n" + text))
        .startsWith("the configuration cannot be read: ")
        .containsIgnoringCase(reason);
  }

  @Test
  void aPropertyThatCannotBe() {
    assertPropertyRefused(
        "terrace.defaults.heap.max-entires",
        "1",
        "the configuration is not valid: property terrace.defaults.heap.max-entires:"
            + " terrace.defaults.heap.max-entires is not a setting: did you mean 'max-entries'?");
    assertPropertyRefused(
        "terrace.defalts.heap.max-entries",
        "1",
        "the configuration is not valid: property terrace.defalts.heap.max-entries:"
            + " terrace.defalts is not a setting: did you mean 'defaults'?");
    assertPropertyRefused(
        "terrace.defaults.heap.max-entries",
        "zero",
        "the configuration is not valid: property terrace.defaults.heap.max-entries:"
            + " terrace.defaults.heap.max-entries must be a whole number, not 'zero'");
    assertPropertyRefused(
        "terrace.defaults..tiers",
        "heap",
        "the name of the property 'terrace.defaults..tiers' is not a path: ");
  }

  private void assertPropertyRefused(String name, String value, String message) {
    Properties properties = new Properties();
    properties.setProperty(name, value);
    assertThatThrownBy(() -> ConfigurationFiles.load(directory, "", properties))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageStartingWith(message);
  }

  /** In HOCON a string stands in double quotes; single ones are easier to read here. */
  private void assertRefused(String setting, String message) {
    assertThat(refusal(directory, "terrace {\n" + setting.replace('\'', '"') + "\n}"))
        .isEqualTo(
            "the configuration is not valid: "
                + directory.resolve("test.conf")
                + ": 2: terrace."
                + message.replace("'a.b'", "\"a.b\""));
  }

  public static class LowId implements Codec<String> {
    @Override
    public int id() {
      return 7;
    }

    @Override
    public byte[] encode(String value) {
      return new byte[0];
    }

    @Override
    public String decode(ByteBuffer bytes) {
      return "";
    }
  }

  public static final class Failing extends LowId {
    public Failing() {
      throw new IllegalStateException("no table");
    }
  }
}
