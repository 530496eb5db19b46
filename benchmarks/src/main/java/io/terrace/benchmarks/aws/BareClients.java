package io.terrace.benchmarks.aws;

import static java.util.Objects.requireNonNull;

import io.terrace.AwsSettings;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Clients of the AWS SDK, made of the settings of a tier as the tier makes its own. */
final class BareClients {
  private static final int ATTEMPTS = 3;
  private static final int ATTEMPTS_THAT_TIME_OUT = 2;

  private BareClients() {}

  static DynamoDbClient dynamoDb(AwsServices services) {
    AwsSettings settings = services.settings().build();
    return configured(DynamoDbClient.builder(), settings)
        .endpointOverride(services.dynamoDb())
        .overrideConfiguration(
            configuration ->
                configuration
                    .retryStrategy(retries())
                    .apiCallAttemptTimeout(settings.requestTimeout())
                    .apiCallTimeout(settings.requestTimeout().multipliedBy(ATTEMPTS_THAT_TIME_OUT)))
        .build();
  }

  /** Without time-outs of whole calls, which at the tier's depend on what they carry. */
  static S3Client s3(AwsServices services) {
    return configured(S3Client.builder(), services.settings().build())
        .endpointOverride(services.s3())
        .forcePathStyle(true)
        .overrideConfiguration(configuration -> configuration.retryStrategy(retries()))
        .build();
  }

  private static RetryStrategy retries() {
    return AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(ATTEMPTS).build();
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> B configured(
      B builder, AwsSettings settings) {
    AwsBasicCredentials credentials =
        AwsBasicCredentials.create(
            requireNonNull(settings.accessKey()), requireNonNull(settings.secretKey()));
    return builder
        .region(Region.of(requireNonNull(settings.region())))
        .credentialsProvider(StaticCredentialsProvider.create(credentials))
        .httpClientBuilder(
            Apache5HttpClient.builder()
                .maxConnections(settings.connections())
                .connectionTimeout(settings.connectTimeout())
                .connectionAcquisitionTimeout(settings.requestTimeout())
                .socketTimeout(settings.requestTimeout()));
  }
}
