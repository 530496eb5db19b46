package io.terrace.benchmarks.coldstart;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A program whose start is measured, with exactly the libraries that its user would have: each is
 * named by one class of it and found on the class path of this process.
 */
public enum Program {
  TERRACE(
      "Terrace",
      FirstGetJCache.class,
      "io.terrace.jcache.TerraceCachingProvider",
      "javax.cache.Cache",
      "com.github.benmanes.caffeine.cache.Cache",
      "com.dynatrace.hash4j.hashing.Hashing",
      "com.typesafe.config.Config",
      "org.jspecify.annotations.Nullable"),
  CACHE2K(
      "cache2k-jcache",
      FirstGetJCache.class,
      "org.cache2k.jcache.provider.JCacheProvider",
      "org.cache2k.Cache",
      "org.cache2k.core.CacheManagerImpl",
      "org.cache2k.extra.config.generic.PropertyParser",
      "javax.cache.Cache"),
  CAFFEINE_JCACHE(
      "Caffeine jcache",
      FirstGetJCache.class,
      "com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider",
      "com.github.benmanes.caffeine.cache.Cache",
      "com.typesafe.config.Config",
      "jakarta.inject.Inject",
      "javax.cache.Cache",
      "org.jspecify.annotations.Nullable"),
  EHCACHE(
      "Ehcache",
      FirstGetJCache.class,
      "org.ehcache.jsr107.EhcacheCachingProvider",
      "javax.cache.Cache",
      "org.slf4j.Logger",
      "org.glassfish.jaxb.runtime.AnyTypeAdapter",
      "org.glassfish.jaxb.core.Locatable",
      "com.sun.istack.SAXException2",
      "com.sun.xml.txw2.Attribute",
      "jakarta.xml.bind.JAXBContext",
      "jakarta.activation.CommandMap",
      "org.eclipse.angus.activation.LogSupport"),
  CAFFEINE(
      "raw Caffeine",
      FirstGetCaffeine.class,
      "com.github.benmanes.caffeine.cache.Cache",
      "org.jspecify.annotations.Nullable"),
  EMPTY("empty program", Nothing.class);

  private final String label;
  private final Class<?> main;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> libraries;

  Program(String label, Class<?> main, String... libraries) {
    this.label = label;
    this.main = main;
    this.libraries = List.of(libraries);
  }

  /** The name in reports. */
  public String label() {
    return label;
  }

  /** Starts the program in a JVM with default settings; {@code classes} holds its main class. */
  ProcessBuilder command(Path classes) {
    Set<String> classPath = new LinkedHashSet<>(List.of(classes.toString()));
    for (String library : libraries) {
      classPath.add(locate(library).toString());
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(String.join(System.getProperty("path.separator", ":"), classPath));
    command.add(main.getName());
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  private Path locate(String className) {
    try {
      CodeSource source =
          Class.forName(className, false, Program.class.getClassLoader())
              .getProtectionDomain()
              .getCodeSource();
      return Path.of(source.getLocation().toURI());
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IllegalStateException("No library on the class path holds " + className, e);
    }
  }

  Class<?> main() {
    return main;
  }
}
