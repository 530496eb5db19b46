package io.terrace.tier.aws;

import io.terrace.AwsSettings;
import io.terrace.servers.DynamoDbServer;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Opens aws tiers for tests, each in a namespace of its own unless it is said. */
final class AwsSetup {
  static final String CACHE_NAME = "cache";
  static final String TABLE = "terrace-test";
  static final String BUCKET = "terrace-test";
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final URI dynamoDb;
  private final List<ExecutionInterceptor> interceptors = new ArrayList<>();
  private String table = TABLE;
  private String namespace = "test-" + NAMESPACES.incrementAndGet();
  private InstantSource clock = InstantSource.system();
  private LongSupplier nanoClock = System::nanoTime;
  private TierListener listener = TierListener.NONE;
  private boolean withBucket = true;
  private boolean creating = true;
  private boolean sharingClients;
  private int partitions = 4;
  private UnaryOperator<AwsSettings.Builder> more = settings -> settings;

  private AwsSetup(URI dynamoDb) {
    this.dynamoDb = dynamoDb;
  }

  /** The server that all tests share which do it no harm. */
  static DynamoDbServer shared() {
    return Shared.DYNAMO_DB;
  }

  /** On the shared servers. */
  static AwsSetup here() {
    return on(shared().endpoint());
  }

  /** With another DynamoDB, and no bucket. */
  static AwsSetup on(DynamoDbServer server) {
    return on(server.endpoint()).withoutBucket();
  }

  static AwsSetup on(URI dynamoDb) {
    return new AwsSetup(dynamoDb);
  }

  AwsSetup table(String newTable) {
    table = newTable;
    return this;
  }

  AwsSetup namespace(String newNamespace) {
    namespace = newNamespace;
    return this;
  }

  AwsSetup clock(InstantSource newClock) {
    clock = newClock;
    return this;
  }

  AwsSetup nanoClock(LongSupplier newClock) {
    nanoClock = newClock;
    return this;
  }

  AwsSetup listener(TierListener newListener) {
    listener = newListener;
    return this;
  }

  AwsSetup partitions(int count) {
    partitions = count;
    return this;
  }

  AwsSetup withoutBucket() {
    withBucket = false;
    return this;
  }

  /** Without making the table if it is not there. */
  AwsSetup creating(boolean whether) {
    creating = whether;
    return this;
  }

  /** With the clients of all others that do so, which takes less time. */
  AwsSetup sharingClients() {
    sharingClients = true;
    return this;
  }

  AwsSetup interceptor(ExecutionInterceptor interceptor) {
    interceptors.add(interceptor);
    return this;
  }

  AwsSetup settings(UnaryOperator<AwsSettings.Builder> change) {
    more = change;
    return this;
  }

  AwsSettings settings() {
    AwsSettings.Builder settings =
        AwsSettings.builder(table)
            .namespace(namespace)
            .region("eu-central-1")
            .dynamoDbEndpoint(dynamoDb)
            .credentials(shared().accessKey(), shared().secretKey())
            .partitions(partitions)
            .requestTimeout(Duration.ofSeconds(10));
    if (creating) {
      settings.creating();
    }
    if (withBucket) {
      settings.bucket(BUCKET).s3Endpoint(BucketSetup.shared().endpoint());
    }
    return more.apply(settings).build();
  }

  ItemKeys keys() {
    return new ItemKeys(namespace, CACHE_NAME, partitions);
  }

  AwsClients clients() throws IOException {
    return sharingClients
        ? AwsClients.open(settings())
        : AwsClients.openAlone(settings(), List.copyOf(interceptors));
  }

  AwsTier open() throws IOException {
    TierContext context = new TierContext("test:manager", CACHE_NAME, clock, listener);
    return new AwsTier(clients(), settings(), context, nanoClock);
  }

  /** Started by the first tests that need them; they end with the JVM. */
  private static final class Shared {
    static final DynamoDbServer DYNAMO_DB = DynamoDbServer.start();
  }
}
