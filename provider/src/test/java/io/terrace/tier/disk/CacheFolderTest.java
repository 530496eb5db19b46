package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.InvalidSettingException;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that are in use, not ours, not writable, or of another time: one clear error each. */
class CacheFolderTest {
  @TempDir Path directory;

  private DiskSetup setup() {
    return DiskSetup.in(directory);
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
    assertThat(System.getProperties().keySet())
        .noneMatch(name -> name.toString().startsWith("io.terrace.disk.open."));
  }

  @Test
  void theFactoryIsFoundAndOpens() throws IOException {
    List<TierFactory> found =
        ServiceLoader.load(TierFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(factory -> factory.tier().equals("disk"))
            .toList();
    assertThat(found).hasSize(1);
    TierContext context =
        new TierContext("uri", "cache", InstantSource.system(), TierListener.NONE);
    try (Tier tier = found.get(0).open(DiskSettings.builder(directory).build(), context)) {
      assertThat(tier.name()).isEqualTo("disk");
      assertThat(tier.capabilities().durable()).isTrue();
      assertThat(tier.maxEntryBytes()).isEqualTo(64 << 20);
    }
    assertThatThrownBy(() -> found.get(0).open(new HeapSettings(1, null, null), context))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNameIsReadableAndUnlikeAnyOther() {
    Path root = Path.of("/r");
    assertThat(CacheFolder.pathOf(root, "u", "orders").getFileName().toString())
        .matches("orders-[0-9a-f]{16}");
    assertThat(CacheFolder.pathOf(root, "u", "../a b/\u00e4.x").getFileName().toString())
        .matches("___a_b___x-[0-9a-f]{16}");
    assertThat(CacheFolder.pathOf(root, "u", "x".repeat(500)).getFileName().toString())
        .hasSizeLessThan(60);
    assertThat(CacheFolder.pathOf(root, "ua", "b"))
        .isNotEqualTo(CacheFolder.pathOf(root, "u", "ab"));
    assertThat(CacheFolder.pathOf(root, "u", "a.b"))
        .isNotEqualTo(CacheFolder.pathOf(root, "u", "a_b"));
  }

  @Test
  void aSecondOpenerOfThisProcessIsToldSo() throws IOException {
    try (DiskTier tier = setup().open()) {
      for (int i = 0; i < 2; i++) {
        assertThatIOException()
            .isThrownBy(() -> setup().open())
            .withMessageContaining(setup().folder().toString())
            .withMessageContaining("another cache manager of this process")
            .withMessageContaining("disk.directory");
      }
      put(tier, key("k"), bytes("x"));
      requireLockedForOthers();
    }
    try (DiskTier tier = setup().open()) {
      assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    }
  }

  /** The refused openers above must not have given the lock of the process away. */
  private void requireLockedForOthers() throws IOException {
    Process process = start(OtherProcess.class, "open");
    assertThat(output(process)).contains("in use by another process", setup().folder().toString());
  }

  @Test
  void anotherProcessKeepsTheFolder() throws Exception {
    Process process = start(OtherProcess.class, "hold");
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("opened");
      assertThatIOException()
          .isThrownBy(() -> setup().open())
          .withMessageContaining("in use by another process")
          .withMessageContaining(setup().folder().toString());
    } finally {
      process.destroyForcibly().waitFor();
    }
    setup().open().close(); // the lock died with its process
  }

  /** Opens the tier and says what came of it. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] args) throws Exception {
      try (DiskTier tier = DiskSetup.in(Path.of(args[0])).open()) {
        System.out.println(tier.usage().entries() == 0 ? "opened" : "opened with entries");
        if (args[1].equals("hold")) {
          TimeUnit.MINUTES.sleep(1); // until it is killed
        }
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private Process start(Class<?> main, String mode) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            directory.toString(),
            mode)
        .redirectErrorStream(true)
        .start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aForeignFolderIsNotTouched() throws IOException {
    Files.createDirectories(setup().folder());
    Path file = Files.writeString(setup().folder().resolve("thesis.txt"), "years of work");
    assertThatIOException()
        .isThrownBy(() -> setup().open())
        .withMessageContaining(setup().folder().toString())
        .withMessageContaining("thesis.txt")
        .withMessageContaining("disk.directory");
    assertThat(setup().folder()).isDirectoryNotContaining(path -> !path.equals(file));
    assertThat(file).hasContent("years of work");
  }

  @Test
  void aForeignFileInOurFolderStaysThere() throws IOException {
    setup().open().close();
    Path file = Files.writeString(setup().folder().resolve(".DS_Store"), "x");
    DiskTier tier = setup().open();
    put(tier, key("k"), bytes("x"));
    tier.destroy();
    assertThat(setup().folder()).isDirectoryContaining(path -> path.equals(file));
    assertThat(setup().folder()).isDirectoryNotContaining(path -> !path.equals(file));
  }

  @Test
  void aNewerFormatIsNotTouched() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes("x"));
    }
    Path marker = setup().folder().resolve(Marker.NAME);
    byte[] newer = new Marker(2, 5).encode();
    Files.write(marker, newer);
    requireNewerFormatError();
    assertThat(marker).hasBinaryContent(newer);
  }

  @Test
  void aNewerRegionIsNotTouched() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes("x"));
    }
    Path region = RegionLog.pathOf(setup().folder(), 2);
    byte[] newer = new RegionHeader(9, 1, 2, 3, 4).encode().array();
    Files.write(region, newer);
    requireNewerFormatError();
    Files.delete(setup().folder().resolve(Marker.NAME));
    Files.delete(RegionLog.pathOf(setup().folder(), 1));
    requireNewerFormatError();
    assertThat(region).hasBinaryContent(newer);
  }

  private void requireNewerFormatError() {
    assertThatIOException()
        .isThrownBy(() -> setup().open())
        .withMessageContaining("newer version")
        .withMessageContaining("this one reads 1")
        .withMessageContaining(setup().folder().toString());
  }

  @Test
  void i9_aDamagedOrLostMarkerLosesNothing() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes("x"));
    }
    Path marker = setup().folder().resolve(Marker.NAME);
    byte[] intact = Files.readAllBytes(marker);
    for (int at = 0; at <= intact.length; at++) {
      if (at == intact.length) {
        Files.delete(marker);
      } else {
        byte[] damaged = intact.clone();
        damaged[at] ^= 1;
        Files.write(marker, damaged);
      }
      try (DiskTier tier = setup().open()) {
        assertThat(get(tier, key("k"))).as("byte %d", at).isEqualTo(bytes("x"));
      }
      assertThat(marker).hasBinaryContent(intact);
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    assumeTrue(!"root".equals(System.getProperty("user.name")), "root may write everywhere");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      requireUnwritable();
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void aFileInPlaceOfTheDirectoryIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    DiskSetup onFile = DiskSetup.in(file);
    assertThatIOException()
        .isThrownBy(onFile::open)
        .withMessageContaining(file.toString())
        .withMessageContaining("disk.directory");
    assertThat(file).hasContent("x");
  }

  @Test
  void aPlaceWithoutWritePermissionIsNamed() {
    Path proc = Path.of("/proc/terrace"); // nobody can make a directory there, root included
    assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    assertThatIOException()
        .isThrownBy(() -> DiskSetup.in(proc).open())
        .withMessageContaining("/proc/terrace")
        .withMessageContaining("disk.directory");
  }

  private void requireUnwritable() {
    assertThatIOException()
        .isThrownBy(() -> setup().open())
        .withMessageContaining(directory.toString())
        .withMessageContaining("disk.directory");
  }

  @Test
  void tooFewBytesAreRefused() {
    assertThatThrownBy(() -> setup().maxBytes(1000).open())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("disk.max-bytes");
    assertThat(setup().folder()).doesNotExist();
  }

  @Test
  void destroyDeletesTheFolder() throws IOException {
    DiskTier tier = setup().open();
    put(tier, key("k"), bytes(1, 1_000_000));
    tier.destroy();
    assertThat(setup().folder()).doesNotExist();
    assertThat(directory).exists();
    assertThatIOException().isThrownBy(tier::destroy).withMessageContaining("closed");
  }
}
