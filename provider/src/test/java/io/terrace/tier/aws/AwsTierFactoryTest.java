package io.terrace.tier.aws;

import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.AwsSettings;
import io.terrace.HeapSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Lookup;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.InstantSource;
import java.util.ServiceLoader;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;

class AwsTierFactoryTest {
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");
  private static final AwsSettings SETTINGS =
      AwsSettings.builder("table")
          .bucket("bucket")
          .region("eu-central-1")
          .dynamoDbEndpoint(NOWHERE)
          .s3Endpoint(NOWHERE)
          .credentials("access", "secret")
          .build();

  private static TierContext context(String cache) {
    return new TierContext("test:m", cache, InstantSource.system(), TierListener.NONE);
  }

  private static TierFactory found() {
    for (TierFactory factory : ServiceLoader.load(TierFactory.class)) {
      if (factory.tier().equals("aws")) {
        return factory;
      }
    }
    throw new AssertionError("no factory of aws tiers");
  }

  @Test
  void opensWithoutAServer() throws IOException {
    try (Tier tier = found().open(SETTINGS, context("c"))) {
      assertThat(tier.name()).isEqualTo("aws");
      assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    }
  }

  @Test
  void cachesThatReachTheSameServicesShareTheirClients() throws IOException {
    AwsClients one = AwsClients.open(SETTINGS);
    AwsClients two = AwsClients.open(SETTINGS);
    AwsClients other = AwsClients.open(AwsSettings.builder("table").region("us-east-1").build());
    assertThat(two.dynamoDb()).isSameAs(one.dynamoDb());
    assertThat(two.s3()).isSameAs(one.s3());
    assertThat(other.dynamoDb()).isNotSameAs(one.dynamoDb());
    one.close();
    one.close();
    AwsClients three = AwsClients.open(SETTINGS);
    assertThat(three.dynamoDb()).as("the second still has it").isSameAs(two.dynamoDb());
    two.close();
    three.close();
    AwsClients four = AwsClients.open(SETTINGS);
    assertThat(four.dynamoDb()).isNotSameAs(one.dynamoDb());
    four.close();
    other.close();
  }

  @Test
  void refusesOtherSettings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> found().open(HeapSettings.builder().build(), context("c")));
  }

  @Test
  void saysWhichLibraryIsMissing() throws Exception {
    String sdk = "software.amazon.awssdk.";
    assertMissing(sdk + "services.dynamodb.", "software.amazon.awssdk:dynamodb:2.");
    assertMissing(sdk + "services.s3.", "software.amazon.awssdk:s3:2.");
    assertMissing(sdk + "http.apache5.", "software.amazon.awssdk:apache5-client:2.");
    assertMissing("dev.failsafe.", "dev.failsafe:failsafe:");
  }

  private static void assertMissing(String prefix, String coordinates) throws Exception {
    ClassLoader without = new Without(prefix);
    Object factory =
        without.loadClass(AwsTierFactory.class.getName()).getConstructor().newInstance();
    assertThat(factory.getClass()).isNotEqualTo(AwsTierFactory.class);
    assertThat(((TierFactory) factory).tier()).isEqualTo("aws");
    assertThatThrownBy(() -> ((TierFactory) factory).open((TierSettings) SETTINGS, context("c")))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining(coordinates);
  }

  /** Has the tier's own classes, and all others but those of one library. */
  private static final class Without extends ClassLoader {
    private final String hidden;

    Without(String hidden) {
      super(AwsTierFactoryTest.class.getClassLoader());
      this.hidden = hidden;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(hidden)) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.terrace.tier.aws.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
