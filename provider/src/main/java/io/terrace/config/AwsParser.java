package io.terrace.config;

import io.terrace.AwsSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code aws}: the table, the bucket, and how they are used. */
final class AwsParser {
  static final Set<String> KEYS =
      ConfigurationParser.keys(
          "table",
          "bucket",
          "prefix",
          "namespace",
          "region",
          "dynamodb-endpoint",
          "s3-endpoint",
          "access-key",
          "secret-key",
          "inline-limit",
          "max-entry-size",
          "part-size",
          "parts-in-flight",
          "partitions",
          "create",
          "connections",
          "connect-timeout",
          "request-timeout",
          "grace",
          "sweep");

  /** Stands for a table that is not known, in settings that are only checked. */
  static final String NOWHERE = "nowhere";

  private final Section aws;
  private final AwsSettings.Builder builder;

  private AwsParser(Section aws, AwsSettings.Builder builder) {
    this.aws = aws;
    this.builder = builder;
  }

  /** The settings, checked even if there is no table, which makes them null. */
  static @Nullable AwsSettings parse(Section aws) {
    aws.allow(KEYS);
    String table = aws.offer(aws.string("table"), AwsSettings::builder);
    AwsParser parser = new AwsParser(aws, AwsSettings.builder(table == null ? NOWHERE : table));
    parser.place();
    parser.access();
    parser.sizes();
    parser.limits();
    return aws.isSet("table") ? parser.builder.build() : null;
  }

  private void place() {
    aws.offer(aws.string("bucket"), builder::bucket);
    aws.offer(aws.string("prefix"), builder::prefix);
    aws.offer(aws.string("namespace"), builder::namespace);
    if (Boolean.TRUE.equals(aws.flag("create"))) {
      builder.creating();
    }
    if (Boolean.TRUE.equals(aws.flag("sweep"))) {
      builder.sweeping();
    }
  }

  private void access() {
    aws.offer(aws.string("region"), builder::region);
    endpoint("dynamodb-endpoint", builder::dynamoDbEndpoint);
    endpoint("s3-endpoint", builder::s3Endpoint);
    String access = aws.string("access-key");
    String secret = aws.string("secret-key");
    if (aws.isSet("access-key") && !aws.isSet("secret-key")) {
      aws.problem("access-key", "needs an 'aws.secret-key'");
    } else if (aws.isSet("secret-key") && !aws.isSet("access-key")) {
      aws.problem("secret-key", "needs an 'aws.access-key'");
    } else if (secret != null) {
      aws.offer(access, key -> builder.credentials(key, secret));
    }
  }

  /** Not shown if it is wrong: there may be a secret in it. */
  private void endpoint(String key, Consumer<URI> setter) {
    String text = aws.string(key);
    if (text == null) {
      return;
    }
    try {
      aws.offer(new URI(text), setter);
    } catch (URISyntaxException e) {
      aws.problem(key, "must be like http://localhost:8000");
    }
  }

  private void sizes() {
    Long inline =
        aws.offer(aws.bytes("inline-limit"), bytes -> like().inlineLimitBytes(bytes).build());
    aws.offer(inline, builder::inlineLimitBytes);
    Long part = aws.offer(aws.bytes("part-size"), builder::partBytes);
    Long entry =
        aws.offer(
            aws.bytes("max-entry-size"),
            bytes -> (part == null ? like() : like().partBytes(part)).maxEntryBytes(bytes).build());
    aws.offer(entry, builder::maxEntryBytes);
    aws.offer(aws.count("parts-in-flight"), builder::partsInFlight);
  }

  /** To check one size against the rest, so that each is reported. */
  private AwsSettings.Builder like() {
    AwsSettings.Builder like = AwsSettings.builder(NOWHERE);
    return aws.isSet("bucket") ? like.bucket(NOWHERE) : like;
  }

  private void limits() {
    aws.offer(aws.count("partitions"), builder::partitions);
    aws.offer(aws.count("connections"), builder::connections);
    aws.offer(aws.duration("connect-timeout"), builder::connectTimeout);
    aws.offer(aws.duration("request-timeout"), builder::requestTimeout);
    aws.offer(aws.duration("grace"), builder::grace);
  }
}
