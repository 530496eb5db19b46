package io.terrace.config;

import io.terrace.RedisSettings;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code redis}: the servers and how they are used. */
final class RedisParser {
  static final Set<String> KEYS =
      ConfigurationParser.keys(
          "uri",
          "user",
          "password",
          "trust-store",
          "trust-store-password",
          "namespace",
          "partitions",
          "max-entry-size",
          "chunk-size",
          "connections",
          "connect-timeout",
          "command-timeout");

  /** Stands for a URI that is not known, in settings that are only checked. */
  static final String NOWHERE = "rediss://nowhere";

  private RedisParser() {}

  /** The settings, checked even if there is no URI, which makes them null. */
  static @Nullable RedisSettings parse(Section redis) {
    redis.allow(KEYS);
    String uri = redis.string("uri");
    String valid = redis.offer(uri, RedisSettings::builder);
    RedisSettings.Builder builder = RedisSettings.builder(valid == null ? NOWHERE : valid);
    redis.offer(redis.string("user"), builder::user);
    redis.offer(redis.string("password"), builder::password);
    trust(redis, valid == null ? NOWHERE : valid, builder);
    redis.offer(redis.string("namespace"), builder::namespace);
    redis.offer(redis.count("partitions"), builder::partitions);
    redis.offer(redis.bytes("max-entry-size"), builder::maxEntryBytes);
    redis.offer(redis.bytes("chunk-size"), builder::chunkBytes);
    redis.offer(redis.count("connections"), builder::connections);
    redis.offer(redis.duration("connect-timeout"), builder::connectTimeout);
    redis.offer(redis.duration("command-timeout"), builder::commandTimeout);
    return redis.isSet("uri") ? builder.build() : null;
  }

  /** A trust store that is inherited gives way to a URI without TLS, and so does its password. */
  private static void trust(Section redis, String uri, RedisSettings.Builder builder) {
    String store = redis.string("trust-store");
    String secret = redis.string("trust-store-password");
    if (store == null) {
      if (redis.isOwn("trust-store-password") && secret != null && !redis.isSet("trust-store")) {
        redis.problem("trust-store-password", "needs a 'redis.trust-store'");
      }
    } else if (redis.isOwn("trust-store") || uri.startsWith("rediss")) {
      String accepted =
          redis.offer(store, path -> RedisSettings.builder(uri).trustStore(path, secret).build());
      redis.offer(accepted, path -> builder.trustStore(path, secret));
    }
  }
}
