package io.terrace.benchmarks.aws;

import io.terrace.AwsSettings;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * The servers of a run and who may use them, as one line for the processes that measure. Immutable.
 *
 * @param dynamoDb where DynamoDB is
 * @param s3 where S3 is
 * @param accessKey for both
 * @param secretKey for both
 */
record AwsServices(URI dynamoDb, URI s3, String accessKey, String secretKey) {
  /** The system property that has the line. */
  static final String PROPERTY = "terrace.benchmarks.aws";

  private static final String LOCAL = "http://127.0.0.1:8000,http://127.0.0.1:9000,local,local";

  /** Replaced values go at once, so that their bytes do not keep the device busy later. */
  private static final Duration GRACE = Duration.ofMillis(1);

  static AwsServices of(DynamoDbServer dynamoDb, S3Server s3) {
    return new AwsServices(
        dynamoDb.endpoint(), s3.endpoint(), dynamoDb.accessKey(), dynamoDb.secretKey());
  }

  /** Those that the system property names. */
  static AwsServices ofThisProcess() {
    return parse(System.getProperty(PROPERTY, LOCAL));
  }

  /** What {@link #line} says. */
  static AwsServices parse(String line) {
    String[] parts = line.split(",", 4);
    return new AwsServices(URI.create(parts[0]), URI.create(parts[1]), parts[2], parts[3]);
  }

  String line() {
    return String.join(",", List.of(dynamoDb.toString(), s3.toString(), accessKey, secretKey));
  }

  /**
   * The settings of a tier on them, with a table that is made; where nothing else is said, the
   * defaults.
   */
  AwsSettings.Builder settings() {
    return AwsSettings.builder("benchmark")
        .region("eu-central-1")
        .dynamoDbEndpoint(dynamoDb)
        .s3Endpoint(s3)
        .credentials(accessKey, secretKey)
        .grace(GRACE)
        .creating();
  }
}
