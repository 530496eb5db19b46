package io.terrace.tier.aws;

import static java.util.Objects.requireNonNull;

import io.terrace.AwsSettings;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What a cache has in its bucket, once another process has swept that. */
final class SweptBucket implements AutoCloseable {
  private final AwsSetup setup;
  private final AwsSettings settings;
  private final BodyNames names;
  private final String name;
  private final AwsClients clients;

  /** By the server's clock, everything in the bucket is old. */
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.now().plus(Duration.ofDays(1)).plusSeconds(60));

  SweptBucket(AwsSetup setup) throws IOException {
    this.setup = setup;
    settings = setup.settings();
    names = new BodyNames(settings.prefix(), setup.keys().folder());
    name = requireNonNull(settings.bucket());
    clients = setup.clients();
  }

  /** Two passes of a sweeper, with the grace period between them. */
  void sweep() throws IOException {
    Calls calls = new Calls(new TableFailures(settings.table()));
    Table table = new Table(clients.dynamoDb(), settings.table(), calls);
    BodyOwners owners = new BodyOwners(table, setup.keys(), now::get);
    Bucket bucket = new Bucket(clients.s3(), settings, name);
    ManualLater later = new ManualLater();
    Sweeper sweeper = new Sweeper(bucket, names, settings.grace(), now::get, owners, owners, later);
    sweeper.pass();
    now.updateAndGet(instant -> instant.plus(settings.grace()));
    sweeper.pass();
  }

  /** The names of all objects. */
  Set<String> objects() {
    return clients
        .s3()
        .listObjectsV2Paginator(list -> list.bucket(name).prefix(names.root()))
        .contents()
        .stream()
        .map(S3Object::key)
        .collect(Collectors.toSet());
  }

  /** The names of all objects that are being uploaded in parts. */
  Set<String> uploads() {
    return clients
        .s3()
        .listMultipartUploads(list -> list.bucket(name).prefix(names.root()))
        .uploads()
        .stream()
        .map(MultipartUpload::key)
        .collect(Collectors.toSet());
  }

  /** The names of the objects that items refer to. */
  Set<String> referenced() throws IOException {
    Set<String> referenced = new HashSet<>();
    try (RawItems items = new RawItems(setup)) {
      for (Map<String, AttributeValue> item : items.entries()) {
        String object = Attributes.text(item, Attributes.OBJECT);
        if (object != null) {
          referenced.add(object);
        }
      }
    }
    return referenced;
  }

  @Override
  public void close() {
    clients.close();
  }
}
