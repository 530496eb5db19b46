package io.terrace.tier.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.AwsSettings;
import java.io.IOException;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;

/** Looks for what a closed tier left behind. */
final class Leftovers {
  /** A thread whose executor has ended is about to end itself. */
  private static final long PATIENCE_MILLIS = 30_000;

  private Leftovers() {}

  /**
   * No thread, no unfinished upload, and no item that neither says something nor goes by itself.
   */
  static void assertNone(AwsSetup setup) throws IOException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("terrace-aws")) {
        assertThat(endsSoon(thread)).as("%s ends", thread).isTrue();
      }
    }
    try (RawItems items = new RawItems(setup)) {
      assertThat(items.entries()).allSatisfy(Leftovers::assertUseful);
    }
    assertNoUpload(setup);
  }

  private static boolean endsSoon(Thread thread) {
    try {
      thread.join(PATIENCE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  private static void assertUseful(Map<String, AttributeValue> item) {
    if (item.containsKey(Attributes.REMOVED)) {
      assertThat(item).containsOnlyKeys("p", "k", "v", "u", "d", "x");
    } else {
      assertThat(item).containsKeys("q", "v", "u", "h");
      assertThat(item.containsKey("b")).isNotEqualTo(item.containsKey("s"));
      assertThat(item.containsKey("x")).isEqualTo(item.containsKey("e"));
    }
  }

  private static void assertNoUpload(AwsSetup setup) throws IOException {
    AwsSettings settings = setup.settings();
    if (settings.bucket() == null) {
      return;
    }
    AwsClients clients = setup.clients();
    try {
      String root = new BodyNames(settings.prefix(), setup.keys().folder()).root();
      assertThat(
              clients
                  .s3()
                  .listMultipartUploads(r -> r.bucket(settings.bucket()).prefix(root))
                  .uploads())
          .isEmpty();
    } catch (NoSuchBucketException e) {
      // nobody wrote a long body
    } finally {
      clients.close();
    }
  }
}
