package io.terrace.tier.aws;

import io.terrace.AwsSettings;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * The clients of the AWS SDK, which connect when they are first used. Those of this JVM that reach
 * the same services in the same way are the same, and are closed with the last of their users.
 * Thread safe.
 */
final class AwsClients implements Closeable {
  private static final int ATTEMPTS = 3;

  /** A lost request has time for one more attempt; answers that ask for one come quickly. */
  private static final int ATTEMPTS_THAT_TIME_OUT = 2;

  /** Guarded by itself. */
  private static final Map<Reach, Shared> OPEN = new HashMap<>();

  private final Pair pair;
  private final Runnable release;
  private final AtomicBoolean closed = new AtomicBoolean();

  private AwsClients(Pair pair, Runnable release) {
    this.pair = pair;
    this.release = release;
  }

  /** What has to be equal for clients to be shared. */
  private record Reach(
      @Nullable String region,
      @Nullable URI dynamoDbEndpoint,
      @Nullable URI s3Endpoint,
      @Nullable String accessKey,
      @Nullable String secretKey,
      int connections,
      Duration connectTimeout,
      Duration requestTimeout) {
    static Reach of(AwsSettings settings) {
      return new Reach(
          settings.region(),
          settings.dynamoDbEndpoint(),
          settings.s3Endpoint(),
          settings.accessKey(),
          settings.secretKey(),
          settings.connections(),
          settings.connectTimeout(),
          settings.requestTimeout());
    }
  }

  /** A client of each service. */
  private record Pair(DynamoDbClient dynamoDb, S3Client s3) {
    void close() {
      try {
        dynamoDb.close();
      } finally {
        s3.close();
      }
    }
  }

  /** Clients and the number of their users. */
  private static final class Shared {
    private final Pair pair;
    private int users;

    Shared(Pair pair) {
      this.pair = pair;
    }
  }

  /**
   * Clients for these settings; asks nobody but for the region, where the settings have none.
   *
   * @throws IOException if no region is to be found
   */
  static AwsClients open(AwsSettings settings) throws IOException {
    Reach reach = Reach.of(settings);
    synchronized (OPEN) {
      Shared shared = OPEN.get(reach);
      if (shared == null) {
        shared = new Shared(build(settings, List.of()));
        OPEN.put(reach, shared);
      }
      shared.users++;
      Shared used = shared;
      return new AwsClients(shared.pair, () -> release(reach, used));
    }
  }

  private static void release(Reach reach, Shared shared) {
    synchronized (OPEN) {
      shared.users--;
      if (shared.users > 0) {
        return;
      }
      OPEN.remove(reach);
    }
    shared.pair.close();
  }

  /**
   * Clients that nobody else uses.
   *
   * @param interceptors see every request
   */
  static AwsClients openAlone(AwsSettings settings, List<ExecutionInterceptor> interceptors)
      throws IOException {
    Pair pair = build(settings, interceptors);
    return new AwsClients(pair, pair::close);
  }

  private static Pair build(AwsSettings settings, List<ExecutionInterceptor> interceptors)
      throws IOException {
    try {
      return new Pair(dynamoDb(settings, interceptors), s3(settings, interceptors));
    } catch (SdkClientException e) {
      throw new IOException("the clients of AWS cannot be made (aws.region): " + e.getMessage(), e);
    }
  }

  private static DynamoDbClient dynamoDb(
      AwsSettings settings, List<ExecutionInterceptor> interceptors) {
    Duration timeout = settings.requestTimeout();
    ClientOverrideConfiguration configuration =
        configuration(interceptors)
            .apiCallAttemptTimeout(timeout)
            .apiCallTimeout(timeout.multipliedBy(ATTEMPTS_THAT_TIME_OUT))
            .build();
    return configured(DynamoDbClient.builder(), settings, settings.dynamoDbEndpoint())
        .overrideConfiguration(configuration)
        .build();
  }

  /** How long a request to S3 may take depends on what it carries, and is said with each. */
  private static S3Client s3(AwsSettings settings, List<ExecutionInterceptor> interceptors) {
    S3ClientBuilder builder = configured(S3Client.builder(), settings, settings.s3Endpoint());
    return builder
        .forcePathStyle(settings.s3Endpoint() != null)
        .overrideConfiguration(configuration(interceptors).build())
        .build();
  }

  private static ClientOverrideConfiguration.Builder configuration(
      List<ExecutionInterceptor> interceptors) {
    return ClientOverrideConfiguration.builder()
        .retryStrategy(
            AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(ATTEMPTS).build())
        .executionInterceptors(interceptors);
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> B configured(
      B builder, AwsSettings settings, @Nullable URI endpoint) {
    builder
        .credentialsProvider(credentials(settings))
        .httpClientBuilder(
            Apache5HttpClient.builder()
                .maxConnections(settings.connections())
                .connectionTimeout(settings.connectTimeout())
                .connectionAcquisitionTimeout(settings.requestTimeout())
                .socketTimeout(settings.requestTimeout()));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    String region = settings.region();
    return region == null ? builder : builder.region(Region.of(region));
  }

  private static AwsCredentialsProvider credentials(AwsSettings settings) {
    String accessKey = settings.accessKey();
    String secretKey = settings.secretKey();
    return accessKey == null || secretKey == null
        ? DefaultCredentialsProvider.builder().build()
        : StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
  }

  DynamoDbClient dynamoDb() {
    return pair.dynamoDb();
  }

  S3Client s3() {
    return pair.s3();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release.run();
    }
  }
}
