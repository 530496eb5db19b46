package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.processor.MutableEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operation of JCache asks of DynamoDB and S3 is what {@code docs/aws-layout.md} says. */
class AwsCostsTest {
  private static final String SHORT = "v";
  private static final String LONG = "v".repeat(100_000);
  private static final String PARTS = "v".repeat(9 << 20);
  private static final Set<String> MANY =
      IntStream.range(0, 120).mapToObj(i -> "many-" + i).collect(Collectors.toSet());

  private static DynamoDbServer dynamoDb;
  private static S3Server s3;
  private static RequestMeter items;
  private static RequestMeter objects;

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final TerraceCachingProvider provider = new TerraceCachingProvider(now::get);
  private final Map<String, String> costs = new LinkedHashMap<>();

  @BeforeAll
  static void startServers() throws IOException {
    dynamoDb = DynamoDbServer.start();
    s3 = S3Server.start();
    items = new RequestMeter(dynamoDb.endpoint());
    objects = new RequestMeter(s3.endpoint());
  }

  @AfterAll
  static void stopServers() throws IOException {
    items.close();
    objects.close();
    dynamoDb.close();
    s3.close();
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private Cache<String, String> cache(MutableConfiguration<String, String> configuration) {
    return cache("aws", configuration);
  }

  private Cache<String, String> cache(
      String tiers, MutableConfiguration<String, String> configuration) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", tiers);
    String aws = "terrace.defaults.aws.";
    properties.setProperty(aws + "table", "costs-test");
    properties.setProperty(aws + "bucket", "costs-test");
    properties.setProperty(aws + "create", "true");
    properties.setProperty(aws + "region", "eu-central-1");
    properties.setProperty(aws + "request-timeout", "20s"); // none is made twice
    properties.setProperty(aws + "dynamodb-endpoint", items.uri().toString());
    properties.setProperty(aws + "s3-endpoint", objects.uri().toString());
    properties.setProperty(aws + "access-key", dynamoDb.accessKey());
    properties.setProperty(aws + "secret-key", dynamoDb.secretKey());
    Cache<String, String> cache =
        provider
            .getCacheManager(URI.create("test:" + tiers), getClass().getClassLoader(), properties)
            .createCache("cache-" + costs.size(), configuration);
    cache.put("short", SHORT);
    cache.put("long", LONG); // table and bucket are there
    take();
    return cache;
  }

  private static MutableConfiguration<String, String> strings() {
    return CacheFixture.of(String.class, String.class);
  }

  private static String take() {
    Map<String, Integer> all = new TreeMap<>(items.take());
    all.putAll(objects.take());
    return all.isEmpty()
        ? "none"
        : all.entrySet().stream().map(AwsCostsTest::text).collect(Collectors.joining(", "));
  }

  private static String text(Map.Entry<String, Integer> requests) {
    String times = requests.getValue() == 1 ? "" : requests.getValue() + " ";
    return times + "`" + requests.getKey() + "`";
  }

  private void cost(String operation, Runnable run) {
    run.run();
    costs.put(operation, take());
  }

  @Test
  void everyOperationAsksWhatTheDocumentSays() throws IOException {
    costsOfReads(cache(strings()));
    costsOfCopies(cache("heap,aws", strings()));
    costsOfWrites(cache(strings()));
    costsOfComparisons(cache(strings()));
    costsOfRemovals(cache(strings()));
    costsOfMany(cache(strings()));
    costsOfPolicies();
    assertThat(documented()).as(rows(costs)).isEqualTo(costs);
  }

  private void costsOfReads(Cache<String, String> cache) {
    cost("`get`, a miss", () -> cache.get("absent"));
    cost("`get`, a short value", () -> cache.get("short"));
    cost("`get`, a long value", () -> cache.get("long"));
    cost("`containsKey`", () -> cache.containsKey("long"));
  }

  private void costsOfCopies(Cache<String, String> cache) {
    cost("`get`, of a copy in the heap", () -> cache.get("short"));
    now.updateAndGet(instant -> instant.plusSeconds(60));
    cost("`get`, of a copy after `coherence.verify-after`", () -> cache.get("short"));
  }

  private void costsOfWrites(Cache<String, String> cache) {
    cost("`put`, a short value", () -> cache.put("short", SHORT));
    cost("`put`, a long value", () -> cache.put("long", LONG));
    cost("`put`, a value of 2 parts", () -> cache.put("parts", PARTS));
  }

  private void costsOfComparisons(Cache<String, String> cache) {
    cost("`putIfAbsent`, of an absent key", () -> cache.putIfAbsent("other", SHORT));
    cost("`putIfAbsent`, of a short value", () -> cache.putIfAbsent("short", SHORT));
    cost("`putIfAbsent`, of a long value", () -> cache.putIfAbsent("long", SHORT));
    cost("`replace`, of an absent key", () -> cache.replace("absent", SHORT));
    cost("`replace`, a short value", () -> cache.replace("short", SHORT, SHORT));
    cost("`replace`, a long by a short value", () -> cache.replace("long", SHORT));
    cost("`getAndPut`, a short value", () -> cache.getAndPut("short", SHORT));
    cost("`invoke`, which reads", () -> cache.invoke("short", (entry, none) -> entry.getValue()));
    cost("`invoke`, which writes", () -> cache.invoke("short", AwsCostsTest::set));
  }

  private static boolean set(MutableEntry<String, String> entry, Object... none) {
    entry.setValue(SHORT);
    return true;
  }

  private void costsOfRemovals(Cache<String, String> cache) {
    cost("`remove`, of a long value", () -> cache.remove("long"));
    cost("`remove`, of an absent key", () -> cache.remove("absent"));
    cost("`getAndRemove`, of a short value", () -> cache.getAndRemove("short"));
    cost("`clear` and `removeAll`", cache::clear);
    cache.put("short", SHORT);
    take();
    cache.removeAll();
    assertThat(take()).isEqualTo(costs.get("`clear` and `removeAll`"));
  }

  private void costsOfMany(Cache<String, String> cache) {
    Map<String, String> many = new HashMap<>();
    MANY.forEach(key -> many.put(key, SHORT));
    cost("`putAll`, 120 short values", () -> cache.putAll(many));
    cost("`getAll`, 120 short values", () -> cache.getAll(MANY));
    cache.remove("long");
    cache.remove("short");
    take();
    cost("iteration over 120 short values", () -> cache.forEach(Cache.Entry::getValue));
    cost("`removeAll`, 120 keys", () -> cache.removeAll(MANY));
  }

  private void costsOfPolicies() {
    Cache<String, String> touched =
        cache(strings().setExpiryPolicyFactory(TouchedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    now.updateAndGet(instant -> instant.plusSeconds(1)); // else the deadline is the same
    cost("`get` with expiry by access", () -> touched.get("short"));
    cost("`put` with expiry by access", () -> touched.put("short", SHORT));
    Cache<String, String> loading =
        cache(
            strings()
                .setReadThrough(true)
                .setCacheLoaderFactory(CacheFixture.always(new Loader())));
    cost("`get` that loads", () -> loading.get("loaded"));
    cost("`getAll` that loads 120 values", () -> loading.getAll(MANY));
    Cache<String, String> heard = cache(strings());
    heard.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(
            CacheFixture.always(new RecordingListener<>()), null, false, true));
    cost("`put` that a listener hears of", () -> heard.put("short", SHORT));
  }

  private static final class Loader implements CacheLoader<String, String> {
    @Override
    public String load(String key) {
      return SHORT;
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      Map<String, String> all = new HashMap<>();
      keys.forEach(key -> all.put(key, SHORT));
      return all;
    }
  }

  private static String rows(Map<String, String> costs) {
    return costs.entrySet().stream()
        .map(cost -> "| " + cost.getKey() + " | " + cost.getValue() + " |")
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  /** The requests of each operation in the table below the mark, by the operation. */
  private static Map<String, String> documented() throws IOException {
    Path path = Path.of("..", "docs", "aws-layout.md");
    String document = Files.readString(path);
    String mark = "<!-- costs -->\n";
    String table = document.substring(document.indexOf(mark) + mark.length());
    Map<String, String> costs = new LinkedHashMap<>();
    table
        .lines()
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.split(" *\\| *"))
        .forEach(cells -> costs.put(cells[1], cells[2]));
    return costs;
  }
}
