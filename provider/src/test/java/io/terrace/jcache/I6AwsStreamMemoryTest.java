package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * I6: a value larger than the heap of the JVM, written to DynamoDB and S3 and read back, and
 * through a disk above them. The long form, a value of 1 GiB, takes 4 GiB of disk and is
 *
 * <pre>{@code
 * mvn -Pfast -pl provider test -Dtest=I6AwsStreamMemoryTest -Dterrace.aws-large-mib=1024
 * }</pre>
 */
class I6AwsStreamMemoryTest {
  private static final int LARGE_MIB = Integer.getInteger("terrace.aws-large-mib", 96);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"aws", "heap,disk,aws"})
  void i6_aValueLargerThanTheHeapPasses(String tiers) throws Exception {
    try (DynamoDbServer dynamoDb = DynamoDbServer.start();
        S3Server s3 = S3Server.start()) {
      String output =
          SmallJvm.run(
              AwsStreamMemory.class,
              tiers,
              Integer.toString(LARGE_MIB),
              dynamoDb.endpoint().toString(),
              s3.endpoint().toString(),
              dynamoDb.accessKey(),
              dynamoDb.secretKey(),
              directory.toString());
      assertThat(output).contains("read from aws").endsWith(AwsStreamMemory.RELEASED + "\n");
    }
  }
}
