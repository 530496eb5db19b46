package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the aws tier: a table of DynamoDB, and a bucket of S3 for longer bodies. The
 * serialized form has the keys in it; nothing else shows them.
 *
 * @param table the table; caches may share one
 * @param bucket the bucket for bodies above {@code inlineLimitBytes}, or null: then those are not
 *     admitted
 * @param prefix what the names of all objects in the bucket begin with; ends in a slash
 * @param namespace what the keys of the cache begin with: caches of the same name, namespace and
 *     table are one, in all processes; null for the URI of the cache manager
 * @param region or null for that which the SDK finds
 * @param dynamoDbEndpoint another service than AWS's, or null
 * @param s3Endpoint another service than AWS's, or null; its buckets are addressed by path
 * @param accessKey with {@code secretKey}, or null for the credentials that the SDK finds
 * @param secretKey with {@code accessKey}, or null; never shown
 * @param inlineLimitBytes the longest body that is kept in the table, 0 to 300 KiB; at least 1
 *     without a bucket
 * @param maxEntryBytes the largest body that is admitted, at least 1, and at most 10,000 parts
 * @param partBytes the size of one part of a long body, 5 MiB to 512 MiB; a write buffers that much
 *     for each part in flight
 * @param partsInFlight how many parts of a body are on their way at a time, 1 to 16
 * @param partitions into how many parts the keys are divided for listing, from 1 to 256; fixed for
 *     the life of the data
 * @param create whether the table and the bucket are made if they are not there
 * @param connections the most connections to either service, from 1 to 10,000
 * @param connectTimeout at least 1 ms
 * @param requestTimeout how long one attempt at a call may take, and how long a body may stand
 *     still; at least 1 ms
 * @param grace how long the object of a replaced body stays for those who read it, at least 1 ms
 * @param sweep whether this process looks for objects that belong to no entry, and deletes them
 */
public record AwsSettings(
    String table,
    @Nullable String bucket,
    String prefix,
    @Nullable String namespace,
    @Nullable String region,
    @Nullable URI dynamoDbEndpoint,
    @Nullable URI s3Endpoint,
    @Nullable String accessKey,
    @Nullable String secretKey,
    int inlineLimitBytes,
    long maxEntryBytes,
    int partBytes,
    int partsInFlight,
    int partitions,
    boolean create,
    int connections,
    Duration connectTimeout,
    Duration requestTimeout,
    Duration grace,
    boolean sweep)
    implements TierSettings {
  @Serial private static final long serialVersionUID = 1L;

  private static final int MAX_PARTS = 10_000;
  private static final int MAX_INLINE_BYTES = 300 << 10;
  private static final int MIN_PART_BYTES = 5 << 20;
  private static final int MAX_PART_BYTES = 512 << 20;

  private static final String NAMESPACE = "aws.namespace";
  private static final String DYNAMODB_ENDPOINT = "aws.dynamodb-endpoint";
  private static final String S3_ENDPOINT = "aws.s3-endpoint";
  private static final String ACCESS_KEY = "aws.access-key";
  private static final String SECRET_KEY = "aws.secret-key";
  private static final String INLINE_LIMIT = "aws.inline-limit";
  private static final String MAX_ENTRY_SIZE = "aws.max-entry-size";
  private static final String PART_SIZE = "aws.part-size";
  private static final String PARTS_IN_FLIGHT = "aws.parts-in-flight";
  private static final String PARTITIONS = "aws.partitions";
  private static final String CONNECTIONS = "aws.connections";
  private static final String CONNECT_TIMEOUT = "aws.connect-timeout";
  private static final String REQUEST_TIMEOUT = "aws.request-timeout";
  private static final String GRACE = "aws.grace";

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public AwsSettings {
    checkPlace(table, bucket, prefix, namespace);
    checkAccess(region, dynamoDbEndpoint, s3Endpoint);
    checkKeys(accessKey, secretKey);
    checkSizes(bucket, inlineLimitBytes, maxEntryBytes, partBytes);
    Require.inRange(PARTS_IN_FLIGHT, partsInFlight, 1, 16);
    Require.inRange(PARTITIONS, partitions, 1, 256);
    Require.inRange(CONNECTIONS, connections, 1, 10_000);
    Require.atLeastOneMilli(CONNECT_TIMEOUT, connectTimeout);
    Require.atLeastOneMilli(REQUEST_TIMEOUT, requestTimeout);
    Require.atLeastOneMilli(GRACE, grace);
  }

  private static void checkPlace(
      String table, @Nullable String bucket, String prefix, @Nullable String namespace) {
    AwsNames.table(table);
    if (bucket != null) {
      AwsNames.bucket(bucket);
    }
    AwsNames.prefix(prefix);
    if (namespace != null) {
      Require.notBlank(NAMESPACE, namespace);
    }
  }

  private static void checkAccess(
      @Nullable String region, @Nullable URI dynamoDbEndpoint, @Nullable URI s3Endpoint) {
    if (region != null) {
      AwsNames.region(region);
    }
    if (dynamoDbEndpoint != null) {
      AwsNames.endpoint(DYNAMODB_ENDPOINT, dynamoDbEndpoint);
    }
    if (s3Endpoint != null) {
      AwsNames.endpoint(S3_ENDPOINT, s3Endpoint);
    }
  }

  private static void checkKeys(@Nullable String accessKey, @Nullable String secretKey) {
    if (accessKey != null) {
      Require.notBlank(ACCESS_KEY, accessKey);
    }
    if (secretKey != null) {
      Require.notBlank(SECRET_KEY, secretKey);
    }
    if ((accessKey == null) != (secretKey == null)) {
      throw accessKey == null
          ? new InvalidSettingException(SECRET_KEY, "needs an '" + ACCESS_KEY + "'")
          : new InvalidSettingException(ACCESS_KEY, "needs an '" + SECRET_KEY + "'");
    }
  }

  private static void checkSizes(@Nullable String bucket, int inline, long entry, int part) {
    Require.inRange(INLINE_LIMIT, inline, 0, MAX_INLINE_BYTES);
    if (bucket == null && inline == 0) {
      throw new InvalidSettingException(
          INLINE_LIMIT, "must be at least 1 without an '" + AwsNames.BUCKET + "', not 0");
    }
    Require.inRange(PART_SIZE, part, MIN_PART_BYTES, MAX_PART_BYTES);
    Require.atLeastOne(MAX_ENTRY_SIZE, entry);
    long most = (long) MAX_PARTS * part;
    Require.atMost(MAX_ENTRY_SIZE, entry, MAX_PARTS + " times " + PART_SIZE, most);
  }

  @Override
  public String tier() {
    return "aws";
  }

  @Override
  public boolean isShared() {
    return true;
  }

  /**
   * A builder with the defaults.
   *
   * @param table as {@link #table}
   */
  public static Builder builder(String table) {
    return new Builder(table);
  }

  /** The table, and where in the bucket; nothing that is secret. */
  @Override
  public String toString() {
    String objects = bucket == null ? "" : ", s3://" + bucket + "/" + prefix;
    return "AwsSettings[" + table + objects + "]";
  }

  /**
   * Builds {@link AwsSettings}; a method throws {@link InvalidSettingException} for a value out of
   * range. Not thread safe.
   */
  public static final class Builder {
    private final String table;
    private @Nullable String bucket;
    private String prefix = "terrace/";
    private @Nullable String namespace;
    private @Nullable String region;
    private @Nullable URI dynamoDbEndpoint;
    private @Nullable URI s3Endpoint;
    private @Nullable String accessKey;
    private @Nullable String secretKey;
    private int inlineLimitBytes = 64 << 10;
    private long maxEntryBytes = 1L << 30;
    private int partBytes = 8 << 20;
    private int partsInFlight = 2;
    private int partitions = 16;
    private boolean create;
    private int connections = 50;
    private Duration connectTimeout = Duration.ofSeconds(1);
    private Duration requestTimeout = Duration.ofSeconds(2);
    private Duration grace = Duration.ofHours(1);
    private boolean sweep;

    private Builder(String table) {
      this.table = AwsNames.table(table);
    }

    /** The bucket for longer bodies; if not said, those are not admitted. */
    public Builder bucket(String name) {
      bucket = AwsNames.bucket(name);
      return this;
    }

    /**
     * What the names of all objects begin with, ending in a slash; {@code terrace/} if not said.
     */
    public Builder prefix(String text) {
      prefix = AwsNames.prefix(text);
      return this;
    }

    /** What the keys of the cache begin with; the manager's URI if not said. */
    public Builder namespace(String name) {
      namespace = Require.notBlank(NAMESPACE, name);
      return this;
    }

    /** The region; that which the SDK finds if not said. */
    public Builder region(String name) {
      region = AwsNames.region(name);
      return this;
    }

    /** Another service than AWS's, such as {@code http://localhost:8000}. */
    public Builder dynamoDbEndpoint(URI uri) {
      dynamoDbEndpoint = AwsNames.endpoint(DYNAMODB_ENDPOINT, requireNonNull(uri, "uri"));
      return this;
    }

    /** Another service than AWS's, whose buckets are then addressed by path. */
    public Builder s3Endpoint(URI uri) {
      s3Endpoint = AwsNames.endpoint(S3_ENDPOINT, requireNonNull(uri, "uri"));
      return this;
    }

    /** Credentials of their own; those that the SDK finds if not said. */
    public Builder credentials(String access, String secret) {
      checkKeys(access, secret);
      accessKey = access;
      secretKey = secret;
      return this;
    }

    /** The longest body that is kept in the table, 0 to 300 KiB; 64 KiB if not said. */
    public Builder inlineLimitBytes(long bytes) {
      inlineLimitBytes = Require.inRange(INLINE_LIMIT, bytes, 0, MAX_INLINE_BYTES);
      return this;
    }

    /** The largest body that is admitted, 1 byte to 10,000 parts; 1 GiB if not said. */
    public Builder maxEntryBytes(long bytes) {
      maxEntryBytes = Require.atLeastOne(MAX_ENTRY_SIZE, bytes);
      return this;
    }

    /** The size of one part of a long body, 5 MiB to 512 MiB; 8 MiB if not said. */
    public Builder partBytes(long bytes) {
      partBytes = Require.inRange(PART_SIZE, bytes, MIN_PART_BYTES, MAX_PART_BYTES);
      return this;
    }

    /** How many parts of a body are on their way at a time, 1 to 16; 2 if not said. */
    public Builder partsInFlight(long count) {
      partsInFlight = Require.inRange(PARTS_IN_FLIGHT, count, 1, 16);
      return this;
    }

    /** Into how many parts the keys are divided for listing, from 1 to 256; 16 if not said. */
    public Builder partitions(long count) {
      partitions = Require.inRange(PARTITIONS, count, 1, 256);
      return this;
    }

    /** Makes the table and the bucket if they are not there; if not said, they have to be. */
    public Builder creating() {
      create = true;
      return this;
    }

    /** The most connections to either service, from 1 to 10,000; 50 if not said. */
    public Builder connections(long count) {
      connections = Require.inRange(CONNECTIONS, count, 1, 10_000);
      return this;
    }

    /** How long to wait for a connection, at least 1 ms; a second if not said. */
    public Builder connectTimeout(Duration timeout) {
      connectTimeout = Require.atLeastOneMilli(CONNECT_TIMEOUT, timeout);
      return this;
    }

    /**
     * How long one attempt at a call may take, and how long a body may stand still, at least 1 ms;
     * 2 seconds if not said.
     */
    public Builder requestTimeout(Duration timeout) {
      requestTimeout = Require.atLeastOneMilli(REQUEST_TIMEOUT, timeout);
      return this;
    }

    /**
     * How long the object of a replaced body stays for those who read it, at least 1 ms; an hour if
     * not said.
     */
    public Builder grace(Duration time) {
      grace = Require.atLeastOneMilli(GRACE, time);
      return this;
    }

    /** Looks for objects that belong to no entry, and deletes them; not done if not said. */
    public Builder sweeping() {
      sweep = true;
      return this;
    }

    /**
     * @throws InvalidSettingException if entries may be larger than 10,000 parts, or if there is no
     *     bucket and nothing is kept in the table
     */
    public AwsSettings build() {
      return new AwsSettings(
          table,
          bucket,
          prefix,
          namespace,
          region,
          dynamoDbEndpoint,
          s3Endpoint,
          accessKey,
          secretKey,
          inlineLimitBytes,
          maxEntryBytes,
          partBytes,
          partsInFlight,
          partitions,
          create,
          connections,
          connectTimeout,
          requestTimeout,
          grace,
          sweep);
    }
  }
}
