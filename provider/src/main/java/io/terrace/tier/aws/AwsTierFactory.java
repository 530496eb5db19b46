package io.terrace.tier.aws;

import io.terrace.AwsSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import java.io.IOException;
import javax.cache.CacheException;

/**
 * Opens aws tiers; found by {@link java.util.ServiceLoader}. Loads without the libraries that the
 * tier needs.
 */
public final class AwsTierFactory implements TierFactory {
  private static final String SDK = "software.amazon.awssdk:";
  private static final String SDK_VERSION = ":2.56.0";

  @Override
  public String tier() {
    return "aws";
  }

  /**
   * Opens the tier of a cache, without a connection: that is made by the first call.
   *
   * @throws IOException if there is no region in the settings nor where the AWS SDK looks for one
   * @throws CacheException if a part of the AWS SDK or Failsafe is missing
   * @throws IllegalArgumentException if the settings are of another tier
   */
  @Override
  public Tier open(TierSettings settings, TierContext context) throws IOException {
    if (settings instanceof AwsSettings aws) {
      requireSdk("services.dynamodb.DynamoDbClient", "dynamodb");
      requireSdk("services.s3.S3Client", "s3");
      requireSdk("http.apache5.Apache5HttpClient", "apache5-client");
      require("dev.failsafe.CircuitBreaker", "dev.failsafe:failsafe:3.3.2");
      return Opening.open(aws, context);
    }
    throw new IllegalArgumentException("not settings of an aws tier: " + settings.tier());
  }

  private static void requireSdk(String className, String artifact) {
    require("software.amazon.awssdk." + className, SDK + artifact + SDK_VERSION);
  }

  private static void require(String className, String coordinates) {
    try {
      Class.forName(className, false, AwsTierFactory.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new CacheException(
          "the aws tier needs a library that is not there: add " + coordinates, e);
    }
  }

  /** What may be loaded only where the libraries are. */
  private static final class Opening {
    static Tier open(AwsSettings settings, TierContext context) throws IOException {
      return new AwsTier(AwsClients.open(settings), settings, context, System::nanoTime);
    }
  }
}
