package io.terrace.servers;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Clients of the AWS servers that try each call once and wait 10 seconds for the answer. */
final class AwsClients {
  private AwsClients() {}

  static DynamoDbClient dynamoDb(DynamoDbServer server) {
    return dynamoDb(server, server.accessKey(), Duration.ofSeconds(10));
  }

  static DynamoDbClient dynamoDb(DynamoDbServer server, String accessKey, Duration timeout) {
    return DynamoDbClient.builder()
        .endpointOverride(server.endpoint())
        .region(Region.EU_CENTRAL_1)
        .credentialsProvider(credentials(accessKey, server.secretKey()))
        .httpClient(http(timeout))
        .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
        .build();
  }

  static S3Client s3(S3Server server) {
    return s3(server, server.secretKey());
  }

  static S3Client s3(S3Server server, String secretKey) {
    return S3Client.builder()
        .endpointOverride(server.endpoint())
        .forcePathStyle(true)
        .region(Region.EU_CENTRAL_1)
        .credentialsProvider(credentials(server.accessKey(), secretKey))
        .httpClient(http(Duration.ofSeconds(10)))
        .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
        .build();
  }

  private static StaticCredentialsProvider credentials(String accessKey, String secretKey) {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
  }

  private static SdkHttpClient http(Duration timeout) {
    return Apache5HttpClient.builder().socketTimeout(timeout).build();
  }
}
