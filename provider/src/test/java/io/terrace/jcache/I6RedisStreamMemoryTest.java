package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.RedisServer;
import org.junit.jupiter.api.Test;

/**
 * I6: values larger than the heap of the JVM, written and read at once through a heap over Redis,
 * which never sees a command of more than 1 MiB. The long form, one value of 1 GiB, is
 *
 * <pre>{@code
 * mvn -Pfast -pl provider test -Dtest=I6RedisStreamMemoryTest -Dterrace.redis-large-mib=1024
 * }</pre>
 */
class I6RedisStreamMemoryTest {
  private static final long MIB = 1 << 20;
  private static final int LARGE_MIB = Integer.getInteger("terrace.redis-large-mib", 96);
  private static final int CONCURRENT = 4;
  private static final int CONCURRENT_MIB = 4;

  @Test
  void i6_valuesLargerThanTheHeapPassInCommandsOfAMebibyteAtMost() throws Exception {
    try (RedisServer server = RedisServer.start();
        CommandMeter meter = new CommandMeter(server.uri())) {
      String output =
          SmallJvm.run(
              StreamMemory.class,
              meter.uri().toString(),
              Integer.toString(LARGE_MIB),
              Integer.toString(CONCURRENT),
              Integer.toString(CONCURRENT_MIB));
      assertThat(output).contains(StreamMemory.PROMOTED).endsWith(StreamMemory.RELEASED + "\n");
      assertThat(meter.longestBytes()).isBetween(MIB / 4, MIB);
      assertThat(meter.allBytes()).isGreaterThan(LARGE_MIB * MIB);
    }
  }
}
