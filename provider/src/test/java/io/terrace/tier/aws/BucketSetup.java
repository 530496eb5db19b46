package io.terrace.tier.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.AwsSettings;
import io.terrace.servers.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Opens bodies for tests, each time in a folder of their own in the shared bucket of a server, with
 * a client whose requests are counted and can be disturbed.
 */
final class BucketSetup implements AutoCloseable {
  static final String BUCKET = "bodies";

  /** Just one part in chunks, without their checksums. */
  static final int PART_BYTES = 5 << 20;

  private static final String PREFIX = "test/";
  private static final AtomicInteger FOLDERS = new AtomicInteger();

  private final URI endpoint;
  private final RequestFaults faults = new RequestFaults();
  private final String folder = "cache-" + FOLDERS.incrementAndGet();
  private Duration requestTimeout = Duration.ofSeconds(30);
  private Duration grace = Duration.ofHours(1);
  private int connections = 10;
  private int partsInFlight = 2;
  private boolean sweep;
  private boolean create;
  private String bucket = BUCKET;
  private S3Client client;

  private BucketSetup(URI endpoint) {
    this.endpoint = endpoint;
  }

  /** The server that all tests share which do it no harm. */
  static S3Server shared() {
    return Shared.SERVER;
  }

  /** On the shared server. */
  static BucketSetup here() {
    return at(shared().endpoint());
  }

  /** On a server that has the bucket. */
  static BucketSetup at(URI endpoint) {
    return new BucketSetup(endpoint);
  }

  BucketSetup requestTimeout(Duration timeout) {
    requestTimeout = timeout;
    return this;
  }

  BucketSetup grace(Duration newGrace) {
    grace = newGrace;
    return this;
  }

  BucketSetup connections(int count) {
    connections = count;
    return this;
  }

  BucketSetup partsInFlight(int count) {
    partsInFlight = count;
    return this;
  }

  BucketSetup bucket(String name) {
    bucket = name;
    return this;
  }

  BucketSetup create() {
    create = true;
    return this;
  }

  BucketSetup sweep() {
    sweep = true;
    return this;
  }

  AwsSettings settings() {
    AwsSettings.Builder settings =
        AwsSettings.builder("table")
            .bucket(bucket)
            .prefix(PREFIX)
            .partBytes(PART_BYTES)
            .partsInFlight(partsInFlight)
            .connections(connections)
            .requestTimeout(requestTimeout)
            .grace(grace);
    if (sweep) {
      settings.sweeping();
    }
    if (create) {
      settings.creating();
    }
    return settings.build();
  }

  RequestFaults faults() {
    return faults;
  }

  BodyNames names() {
    return new BodyNames(PREFIX, folder);
  }

  /** One for the life of this; its requests pass the faults. */
  S3Client client() {
    if (client == null) {
      client = client(endpoint, connections, requestTimeout, faults);
    }
    return client;
  }

  private static S3Client client(
      URI endpoint, int connections, Duration timeout, RequestFaults faults) {
    AwsBasicCredentials credentials =
        AwsBasicCredentials.create(shared().accessKey(), shared().secretKey());
    return S3Client.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .forcePathStyle(true)
        .credentialsProvider(StaticCredentialsProvider.create(credentials))
        .httpClientBuilder(
            Apache5HttpClient.builder().maxConnections(connections).socketTimeout(timeout))
        .overrideConfiguration(override -> override.addExecutionInterceptor(faults))
        .build();
  }

  /** One whose requests nothing disturbs or counts. */
  private static S3Client plainClient(S3Server server) {
    return client(server.endpoint(), 4, Duration.ofSeconds(30), new RequestFaults());
  }

  Bodies open() {
    return open(InstantSource.system(), byte[]::new);
  }

  Bodies open(InstantSource clock, IntFunction<byte[]> arrays) {
    return open(clock, new Housekeeping("terrace-aws-cleaning"), arrays);
  }

  Bodies open(InstantSource clock, Later later, IntFunction<byte[]> arrays) {
    return new Bodies(client(), settings(), folder, clock, later, arrays);
  }

  /** Encodes and uploads a body, and returns its name. */
  static String store(Bodies bodies, String name, byte[] body) throws IOException {
    try (BodyUpload upload = bodies.open(name, body.length)) {
      upload.write(ByteBuffer.wrap(body));
      upload.complete();
    }
    return name;
  }

  static int checksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  static byte[] objectOf(String name) {
    return Shared.CLIENT.getObjectAsBytes(get -> get.bucket(BUCKET).key(name)).asByteArray();
  }

  static void putObject(String name, byte[] object) {
    Shared.CLIENT.putObject(put -> put.bucket(BUCKET).key(name), RequestBody.fromBytes(object));
  }

  static void deleteObject(String name) {
    Shared.CLIENT.deleteObject(delete -> delete.bucket(BUCKET).key(name));
  }

  /** Deletes all objects in the folder. */
  void deleteObjects() {
    objects().forEach(BucketSetup::deleteObject);
  }

  /** Makes the bucket on a server of the test's own. */
  static void createBucket(S3Server server) {
    try (S3Client client = plainClient(server)) {
      client.createBucket(request -> request.bucket(BUCKET));
    }
  }

  /** The names of all objects in the folder. */
  List<String> objects() {
    return Shared.CLIENT
        .listObjectsV2Paginator(list -> list.bucket(BUCKET).prefix(names().root()))
        .contents()
        .stream()
        .map(S3Object::key)
        .toList();
  }

  /** The names of all objects in the folder that are being uploaded in parts. */
  List<String> uploads() {
    return Shared.CLIENT
        .listMultipartUploads(list -> list.bucket(BUCKET).prefix(names().root()))
        .uploads()
        .stream()
        .map(MultipartUpload::key)
        .toList();
  }

  /** No object, no part of one, and no thread. */
  void assertNothingLeft() {
    assertThat(objects()).isEmpty();
    assertThat(uploads()).isEmpty();
    assertNoThreads();
  }

  /** A thread whose executor has terminated takes a moment to end. */
  static void assertNoThreads() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("terrace-aws")) {
        join(thread);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Closes the client. */
  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
  }

  /** Started by the first test that needs it; ends with the JVM. */
  private static final class Shared {
    static final S3Server SERVER = S3Server.start();
    static final S3Client CLIENT = plainClient(SERVER);

    static {
      CLIENT.createBucket(request -> request.bucket(BUCKET));
    }
  }
}
