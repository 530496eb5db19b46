package io.terrace.tier.redis;

import io.terrace.RedisSettings;
import io.terrace.servers.RedisServer;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Opens redis tiers for tests, each in a namespace of its own unless it is said. */
final class RedisSetup {
  static final String CACHE_NAME = "cache";
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final String uri;
  private String namespace = "test-" + NAMESPACES.incrementAndGet();
  private InstantSource clock = InstantSource.system();
  private TierListener listener = TierListener.NONE;
  private int partitions = 64;
  private int chunkBytes = 256 << 10;
  private int logSteps = RedisTier.LOG_STEPS;

  private @Nullable String user;
  private String password = "";

  private RedisSetup(String uri) {
    this.uri = uri;
  }

  /** The server that all tests share which do it no harm. */
  static RedisServer shared() {
    return Shared.SERVER;
  }

  /** On the shared server. */
  static RedisSetup here() {
    return on(shared());
  }

  static RedisSetup on(RedisServer server) {
    return on(server.uri().toString());
  }

  static RedisSetup on(String uri) {
    return new RedisSetup(uri);
  }

  RedisSetup namespace(String newNamespace) {
    namespace = newNamespace;
    return this;
  }

  RedisSetup clock(InstantSource newClock) {
    clock = newClock;
    return this;
  }

  RedisSetup listener(TierListener newListener) {
    listener = newListener;
    return this;
  }

  RedisSetup partitions(int count) {
    partitions = count;
    return this;
  }

  RedisSetup chunkBytes(int bytes) {
    chunkBytes = bytes;
    return this;
  }

  RedisSetup logSteps(int steps) {
    logSteps = steps;
    return this;
  }

  RedisSetup user(String name, String secret) {
    user = name;
    password = secret;
    return this;
  }

  RedisSettings settings() {
    RedisSettings.Builder settings =
        RedisSettings.builder(uri)
            .namespace(namespace)
            .partitions(partitions)
            .chunkBytes(chunkBytes);
    return user == null ? settings.build() : settings.user(user).password(password).build();
  }

  KeySpace keys() {
    return new KeySpace(namespace, CACHE_NAME, partitions);
  }

  RedisTier open() {
    return open(Links.open(settings()));
  }

  RedisTier open(Link link) {
    TierContext context = new TierContext("test:manager", CACHE_NAME, clock, listener);
    return new RedisTier(link, settings(), context, logSteps);
  }

  /** Started by the first test that needs it; ends with the JVM. */
  private static final class Shared {
    static final RedisServer SERVER = RedisServer.start();
  }
}
