package io.terrace.benchmarks.disk;

import io.terrace.benchmarks.Directories;
import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A directory with a filled store, closed and opened again after filling so that nothing is left in
 * a queue of its writer. The files are in the page cache: what is compared is the software.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class DiskState {
  /** The system property that names where the directory is made. */
  static final String WORK_DIRECTORY = "terrace.benchmarks.directory";

  static final int SEQUENCE = 1 << 16;
  static final int MASK = SEQUENCE - 1;
  private static final long MAX_BYTES = 1L << 30;
  private static final int BODIES = 64;

  @Param public DiskPeer peer;

  @Param({"1024", "16384"})
  public int bodyBytes;

  @Param("20000")
  public int entries;

  Path parent =
      Path.of(System.getProperty(WORK_DIRECTORY, System.getProperty("java.io.tmpdir", ".")));
  DiskSubject store;
  int[] numbers;
  byte[][] bodies;
  private Path directory;

  @Setup(Level.Trial)
  public void open() throws IOException {
    directory = Files.createTempDirectory(parent, "disk-benchmark");
    drawNumbersAndBodies();
    store = openStore();
    for (int i = 0; i < entries; i++) {
      store.put(i, body(i));
    }
    if (peer != DiskPeer.BARE_FILE) { // its positions are not in the file
      store.close();
      store = openStore();
    }
    requireAllPresent();
  }

  private void drawNumbersAndBodies() {
    Random random = new Random(42);
    numbers = random.ints(SEQUENCE, 0, entries).toArray();
    bodies = new byte[BODIES][bodyBytes];
    for (byte[] body : bodies) {
      random.nextBytes(body);
    }
  }

  byte[] body(int number) {
    return bodies[number % BODIES];
  }

  private DiskSubject openStore() throws IOException {
    return switch (peer) {
      case TERRACE ->
          JCacheOnDisk.terrace(TerraceManagers.heapOfOneOverDisk(directory, MAX_BYTES), entries);
      case TERRACE_DISK_ONLY ->
          JCacheOnDisk.terrace(TerraceManagers.diskOnly(directory, MAX_BYTES), entries);
      case EHCACHE -> JCacheOnDisk.ehcache(directory, MAX_BYTES, entries);
      case BARE_FILE -> new BareFile(directory, entries, bodyBytes, MAX_BYTES);
    };
  }

  private void requireAllPresent() throws IOException {
    for (int i = 0; i < entries; i++) {
      if (!Arrays.equals(body(i), store.get(i))) {
        throw new IllegalStateException(peer + " does not hold all entries: nothing to measure");
      }
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    store.close();
    Directories.delete(directory);
  }
}
