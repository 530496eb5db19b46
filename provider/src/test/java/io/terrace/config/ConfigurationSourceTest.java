package io.terrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.HeapSettings;
import io.terrace.TerraceConfigurationException;
import io.terrace.TierSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationSourceTest {
  @TempDir Path directory;
  private URLClassLoader loader;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.createDirectory(directory.resolve("acme"));
    writeEntries("terrace.conf", 1);
    writeEntries("acme/caches.conf", 2);
    loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, null);
  }

  @AfterEach
  void closeLoader() throws IOException {
    loader.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.terrace.jcache.TerraceCachingProvider",
        "urn:x:y",
        "http://acme.example/caches.conf",
        "my-manager",
        "",
        "terrace.conf",
        "classpath:terrace.conf",
        "classpath:///terrace.conf"
      })
  void theFileOnTheClassPath(String uri) {
    assertThat(maxEntries(URI.create(uri))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme/caches.conf",
        "/acme/caches.conf",
        "classpath:acme/caches.conf",
        "classpath:/acme/caches.conf",
        "CLASSPATH:acme/caches.conf"
      })
  void aNamedFileOnTheClassPath(String uri) {
    assertThat(maxEntries(URI.create(uri))).isEqualTo(2);
  }

  @Test
  void aFile() throws IOException {
    Path file = writeEntries("with space+%.conf", 3);
    assertThat(maxEntries(file.toUri())).isEqualTo(3);
    assertThat(maxEntries(URI.create("file:" + file.toUri().getRawPath()))).isEqualTo(3);
    assertThat(maxEntries(URI.create(writeEntries("plain.conf", 4).toString()))).isEqualTo(4);
    Path json =
        Files.writeString(
            directory.resolve("x.json"),
            "{\"terrace\": {\"defaults\": {\"heap\": {\"max-entries\": 5}}}}");
    assertThat(maxEntries(json.toUri())).isEqualTo(5);
  }

  @Test
  void aFileRelativeToTheWorkingDirectory() throws IOException {
    Path file = Files.createTempFile(Path.of("target"), "relative", ".conf");
    try {
      Files.writeString(file, "terrace.defaults.heap.max-entries = 6");
      assertThat(maxEntries(URI.create("file:target/" + file.getFileName()))).isEqualTo(6);
      assertThat(maxEntries(URI.create("target/" + file.getFileName()))).isEqualTo(6);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aFileInAJarWithItsNeighbours() throws IOException {
    Path jar = directory.resolve("lib.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, "conf/main.conf", "include \"near.conf\"\ninclude \"none.conf\"\nterrace { }");
      add(zip, "conf/near.conf", "include required(\"deep/far.conf\")");
      add(zip, "conf/deep/far.conf", "terrace.defaults.heap.max-entries = 7");
      add(zip, "conf/broken.conf", "include required(\"none.conf\")");
    }
    URI inJar = URI.create("jar:" + jar.toUri() + "!/conf/main.conf");
    assertThat(maxEntries(inJar)).isEqualTo(7);
    try (URLClassLoader jarLoader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      assertThat(maxEntries(URI.create("classpath:conf/main.conf"), jarLoader)).isEqualTo(7);
      assertThatThrownBy(() -> maxEntries(URI.create("classpath:conf/broken.conf"), jarLoader))
          .isInstanceOf(TerraceConfigurationException.class)
          .hasMessageContaining("none.conf");
    }
  }

  @Test
  void includesOfAFile() throws IOException {
    Files.writeString(directory.resolve("including.conf"), "include \"acme/caches\"");
    assertThat(maxEntries(directory.resolve("including.conf").toUri())).isEqualTo(2);
    assertThat(maxEntries(URI.create("classpath:including.conf"))).isEqualTo(2);
    Files.writeString(directory.resolve("including.conf"), "include classpath(\"terrace.conf\")");
    assertThat(maxEntries(directory.resolve("including.conf").toUri())).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"classpath:none.conf", "file:/none/none.conf", "none.conf", "file:/"})
  void aNamedFileThatDoesNotExist(String uri) {
    assertThatThrownBy(() -> maxEntries(URI.create(uri)))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageStartingWith(
            "the manager's URI '" + uri + "' names a configuration file that does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jar:file:/none.jar!/none.conf", "jar:none", "jar:file:/none.jar"})
  void aFileInAJarThatDoesNotExist(String uri) {
    assertThatThrownBy(() -> maxEntries(URI.create(uri)))
        .isInstanceOf(TerraceConfigurationException.class)
        .hasMessageContaining("none");
  }

  private long maxEntries(URI uri) {
    return maxEntries(uri, loader);
  }

  private static long maxEntries(URI uri, ClassLoader loader) {
    TierSettings top =
        ManagerConfiguration.load(uri, loader, null)
            .resolve("any", new MutableConfiguration<>())
            .tiers()
            .get(0);
    return ((HeapSettings) top).maxEntries();
  }

  private Path writeEntries(String name, int maxEntries) throws IOException {
    return Files.writeString(
        directory.resolve(name), "terrace.defaults.heap.max-entries = " + maxEntries);
  }

  private static void add(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    zip.closeEntry();
  }
}
