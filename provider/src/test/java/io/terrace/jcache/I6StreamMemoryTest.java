package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * I6: values far larger than the heap of the JVM, written and read at once through a heap over a
 * disk, with promotion. The long form, up to one value of 4 GiB and 32 of 256 MiB, is
 *
 * <pre>{@code
 * mvn -Pfast -pl provider test -Dtest=I6StreamMemoryTest \
 *     -Dterrace.large-mib=4096 -Dterrace.concurrent=32 -Dterrace.concurrent-mib=256
 * }</pre>
 */
class I6StreamMemoryTest {
  private static final int LARGE_MIB = Integer.getInteger("terrace.large-mib", 160);
  private static final int CONCURRENT = Integer.getInteger("terrace.concurrent", 8);
  private static final int CONCURRENT_MIB = Integer.getInteger("terrace.concurrent-mib", 20);

  @TempDir Path directory;

  @Test
  void i6_valuesLargerThanTheHeapPassWhileSmallOnesArePromoted() throws Exception {
    String output =
        SmallJvm.run(
            StreamMemory.class,
            directory.toString(),
            Integer.toString(LARGE_MIB),
            Integer.toString(CONCURRENT),
            Integer.toString(CONCURRENT_MIB));
    assertThat(output).contains(StreamMemory.PROMOTED).endsWith(StreamMemory.RELEASED + "\n");
  }
}
