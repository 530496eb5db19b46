package io.terrace.examples.fourtiers;

import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.RedisServer;
import io.terrace.servers.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * What the tiers below the heap live in: Redis, which keeps nothing when it is stopped, a
 * directory, and servers of DynamoDB's and S3's protocols. Not thread safe.
 */
final class Surroundings implements AutoCloseable {
  private static final String DEFAULTS = "terrace.defaults.";

  private final RedisServer redis;
  private final DynamoDbServer dynamoDb;
  private final S3Server s3;
  private final Path directory;

  private Surroundings(RedisServer redis, DynamoDbServer dynamoDb, S3Server s3, Path directory) {
    this.redis = redis;
    this.dynamoDb = dynamoDb;
    this.s3 = s3;
    this.directory = directory;
  }

  /** Starts the servers, which end with this process. */
  static Surroundings start() throws IOException {
    RedisServer redis = RedisServer.start();
    DynamoDbServer dynamoDb = DynamoDbServer.start();
    S3Server s3 = S3Server.start();
    // Beside what a server keeps, as that is cleaned up even if this process is killed.
    return new Surroundings(redis, dynamoDb, s3, s3.directory().resolve("disk-tier"));
  }

  /** What the configuration file cannot know. */
  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty(DEFAULTS + "redis.uri", redis.uri().toString());
    properties.setProperty(DEFAULTS + "disk.directory", directory.toString());
    properties.setProperty(DEFAULTS + "aws.dynamodb-endpoint", dynamoDb.endpoint().toString());
    properties.setProperty(DEFAULTS + "aws.s3-endpoint", s3.endpoint().toString());
    properties.setProperty(DEFAULTS + "aws.access-key", dynamoDb.accessKey());
    properties.setProperty(DEFAULTS + "aws.secret-key", dynamoDb.secretKey());
    return properties;
  }

  /** Where everything is, a line each. */
  List<String> places() {
    return List.of("redis  " + redis, "disk   " + directory, "aws    " + dynamoDb + ", " + s3);
  }

  void stopRedis() {
    redis.stop();
  }

  /** It begins without any data. */
  void startRedis() {
    redis.restart();
  }

  /** It answers nobody then. */
  void stopAws() {
    dynamoDb.pause();
    s3.pause();
  }

  void startAws() {
    dynamoDb.resume();
    s3.resume();
  }

  /** Deletes what the disk tier has, which nobody may use. */
  void deleteDisk() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() {
    s3.close();
    dynamoDb.close();
    redis.close();
  }
}
